/** `rookery codec-server`: decodes payloads for the Web UI and the `temporal` command, by the codec of `--codec`. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { readKeyFile } from '../../files/key-file.js';
import { runningServer } from '../../server/embedded.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '',
  help: 'Decodes and encodes payloads for the Web UI and the `temporal` command, by the codec that --codec names.',
  options: [
    new Option('--port <n>', 'port to listen on').default('8888'),
    new Option('--bind <address>', 'address to listen on; another than this host needs --token-file').default(
      '127.0.0.1',
    ),
    new Option('--origin <url>', 'origin of the Web UI (repeatable)').argParser(collect),
    new Option('--token-file <path>', 'file (0600) with the token that every request must bring'),
  ],
  examples: ['rookery codec-server --codec aes:codec.keys --origin http://127.0.0.1:8233'],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { out, dataConverter } = session;
  const codecs = dataConverter?.payloadCodecs ?? [];
  if (codecs.length === 0) {
    throw new RookeryError('usage', 'The codec server has no codec', {
      hint: 'Name it with --codec, as the worker does',
    });
  }
  const port = portOf(String(options.port));
  const bind = String(options.bind);
  const isLocal = LOOPBACK.includes(bind);
  const token = options.tokenFile === undefined ? undefined : tokenIn(String(options.tokenFile));
  if (!isLocal && token === undefined) {
    throw new RookeryError('usage', `A codec server on ${bind} would decode for every client that reaches it`, {
      hint: 'Give it a --token-file, or leave out --bind and put a proxy with authentication before it',
    });
  }
  const origins = await originsOf(session, (options.origin ?? []) as readonly string[]);
  const { createCodecServer } = await import('../../codec/codec-server.js');
  const listening = () => (server.address() as AddressInfo).port;
  const server = createCodecServer({
    ...{ codecs, origins },
    ...(token === undefined ? {} : { token }),
    ...(isLocal ? { hosts: () => LOOPBACK.map((name) => `${inUrl(name)}:${listening()}`) } : {}),
  });
  server.listen({ port, host: bind });
  await once(server, 'listening').catch((error: Error) => {
    throw new RookeryError('environment', `The codec server cannot listen on ${bind}:${port}: ${error.message}`, {
      hint: 'Choose another --port',
    });
  });
  const url = `http://${inUrl(bind)}:${listening()}`;
  if (out.json) out.value({ url, origins });
  else out.line(url);
  out.info(`Decodes for ${origins.join(', ')}. Set the codec endpoint of the Web UI to ${url}; Ctrl-C ends it.`);
  await Promise.race(STOPS.map((signal) => once(process, signal)));
  server.closeAllConnections();
  server.close();
  return EXIT.done;
}

// ---

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
const STOPS = ['SIGINT', 'SIGTERM'] as const;

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new RookeryError('usage', `--port takes a number up to 65535, not '${text}'`);
}

function tokenIn(path: string): string {
  const token = readKeyFile(path, 'token file');
  if (token && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new RookeryError('usage', `The token file ${path} does not hold one word`, {
    hint: 'Write a long random word into it, readable only by you',
  });
}

/** Default: the Web UI of this work directory, by both of its names. */
async function originsOf({ paths, temporal, env }: Session, given: readonly string[]): Promise<readonly string[]> {
  if (given.length > 0) return given.map(originIn);
  const embedded = temporal.kind === 'embedded' ? (await runningServer(paths.workdir))?.uiUrl : undefined;
  const ui = embedded ?? env.ROOKERY_UI_URL;
  if (ui === undefined) {
    throw new RookeryError('usage', 'The origin of the Web UI is not known', { hint: 'Name it with --origin' });
  }
  const origin = originIn(ui);
  return [origin, origin.replace('//127.0.0.1:', '//localhost:')].filter((one, n, all) => all.indexOf(one) === n);
}

function originIn(text: string): string {
  const { origin } = URL.canParse(text) ? new URL(text) : { origin: 'null' };
  if (/^https?:/.test(origin)) return origin;
  throw new RookeryError('usage', `--origin takes the address of the Web UI, as http://127.0.0.1:8233, not '${text}'`);
}
