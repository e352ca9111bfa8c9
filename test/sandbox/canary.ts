/** Servers of this host that must not hear anything from a sandbox, and count what they hear. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface Canary {
  readonly port: number;
  /** Another address of this host than loopback; undefined where there is none. */
  readonly elsewhere: string | undefined;
  /** Connections and packets. */
  heard(): number;
  close(): Promise<void>;
}

/** TCP on all addresses, UDP on all addresses, a Unix socket at `path`, and an abstract one by its name. */
export async function startCanary(path: string): Promise<Canary> {
  let heard = 0;
  const servers = [createServer(), createServer()].map((server) =>
    server.on('connection', (socket) => {
      heard += 1;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nESCAPED');
      socket.on('error', () => undefined).resume();
    }),
  );
  const [tcp, unix] = servers as [(typeof servers)[0], (typeof servers)[0]];
  await new Promise<void>((resolve) => tcp.listen(0, '::', resolve));
  await new Promise<void>((resolve) => unix.listen(path, resolve));
  const { port } = tcp.address() as { port: number };
  const udp = createSocket({ type: 'udp6' }).on('message', () => {
    heard += 1;
  });
  await new Promise<void>((resolve) => udp.bind(port, resolve));
  return {
    port,
    elsewhere: Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address,
    heard: () => heard,
    async close() {
      udp.close();
      for (const server of servers) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
