/** A real HTTP proxy for tunnels. It leads each to that port of this host, whatever its target is called. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface TunnelProxy {
  readonly url: string;
  /** What it was asked for, as `host:port`. */
  readonly targets: readonly string[];
  close(): void;
}

/** `answer`: anything but 200 refuses each tunnel. */
export async function startTunnelProxy(answer = '200 OK'): Promise<TunnelProxy> {
  const targets: string[] = [];
  const server = createServer((incoming, outgoing) => {
    targets.push(new URL(incoming.url ?? '').host);
    outgoing.writeHead(500).end();
  });
  server.on('connect', (incoming, socket) => {
    targets.push(incoming.url ?? '');
    if (!answer.startsWith('200')) return void socket.end(`HTTP/1.1 ${answer}\r\n\r\n`);
    const onward = connect(Number(new URL(`http://${incoming.url}`).port), '127.0.0.1', () => {
      socket.write(`HTTP/1.1 ${answer}\r\n\r\n`);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].map((other) => other.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets, close };
}
