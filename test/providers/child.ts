/** A server of another project as a child process: ready when it answers, and stopped with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { until } from '../support/until.js';

export interface Child {
  readonly url: string;
  /** What it wrote so far. */
  said(): string;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly command: string;
  args(port: number): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 200 when it is ready. */
  readonly path: string;
}

export async function startChild({ command, args, env, path }: ChildOptions): Promise<Child> {
  const port = await freePort();
  const child = spawn(command, args(port), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000);
    });
  }
  const url = `http://127.0.0.1:${port}`;
  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
    return fetch(url + path).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await until(answers, { what: `${command} answers`, timeoutMs: 120_000 });
  return { url, said: () => said, stop: () => stopped(child) };
}

// ---

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
