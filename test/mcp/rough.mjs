/**
 * A server without any library, that can behave badly. Usage: rough.mjs [FILE with the list of tools] [--word…].
 * Stands alone, so that it can be copied into a workspace and started inside the sandbox.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const words = process.argv.slice(2);
const file = words.find((word) => !word.startsWith('--'));
const has = (word) => words.includes(`--${word}`);
const wordOf = (word) => words.find((one) => one.startsWith(`--${word}=`))?.slice(word.length + 3);

const schema = { type: 'object', properties: { text: { type: 'string' } } };
const DEFAULT = [
  'echo',
  'die',
  'mute',
  'huge',
  'endless',
  'brackets',
  'flood',
  'env',
  'see',
  'put',
  'dial',
  'pid',
  'structured',
  'change',
];
const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (value) => ({ content: [{ type: 'text', text: String(value) }] });

if (has('stubborn')) {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1_000);
}
if (has('child')) spawn('sleep', ['1000'], { stdio: 'inherit' });
if (wordOf('note')) writeFileSync(wordOf('note'), String(process.pid));
if (wordOf('count')) appendFileSync(wordOf('count'), `${Date.now()}\n`);
if (has('junk')) {
  process.stdout.write(
    'Welcome to the server!\n\n{"not": "a message"}\n[1,2]\n{"jsonrpc":"2.0","id":77,"result":{}}\n\u0000\ufffd\n',
  );
}
if (has('refuse')) {
  process.stderr.write('no licence\u001b[31m found\n');
  process.exit(3);
}

function list() {
  if (file && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  return DEFAULT.map((name) => ({ name, description: `The tool ${name}.`, inputSchema: schema }));
}

function pour(chunk, id) {
  process.stdout.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"`);
  let left = wordOf('pour') === undefined ? Number.POSITIVE_INFINITY : Number(wordOf('pour'));
  const more = () => {
    while (left-- > 0) if (!process.stdout.write(chunk)) return void process.stdout.once('drain', more);
    process.stdout.write('"}]}}\n');
  };
  more();
}

const tools = {
  echo: (args) => text(args.text ?? ''),
  given: (args) => text(JSON.stringify(args)),
  die: () => process.exit(1),
  mute: () => undefined,
  huge: (_args, id) => pour('x'.repeat(1024 * 1024), id),
  endless: (_args, id) => pour('y'.repeat(64 * 1024), id),
  flood: () => {
    const line = `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'z'.repeat(200) } })}\n`;
    const more = () => {
      for (;;) if (!process.stdout.write(line.repeat(50))) return void process.stdout.once('drain', more);
    };
    more();
  },
  brackets: (_args, id) => {
    process.stdout.write(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"many":[${'{},'.repeat(1_000_000)}{}]}}\n`,
    );
  },
  env: () => text(JSON.stringify(process.env)),
  see: ({ text: path }) => {
    try {
      return text(statSync(path).isDirectory() ? `[${readdirSync(path).join(',')}]` : readFileSync(path, 'utf8'));
    } catch (error) {
      return { ...text(error.code), isError: true };
    }
  },
  put: ({ text: path }) => {
    try {
      writeFileSync(path, 'written');
      return text('written');
    } catch (error) {
      return { ...text(error.code), isError: true };
    }
  },
  dial: (args, id) => {
    const socket = connect({ host: '127.0.0.1', port: Number(args.text) });
    const answer = (said) => {
      socket.destroy();
      say({ id, result: text(said) });
    };
    socket.once('connect', () => answer('reached'));
    socket.once('error', (error) => answer(error.code));
  },
  pid: () => text(process.pid),
  structured: () => ({ content: [], structuredContent: { a: [1, 2] } }),
  change: () => {
    say({ method: 'notifications/tools/list_changed' });
    return text('changed');
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (has('deaf')) return;
  if (method === 'initialize') {
    const capabilities = { tools: { listChanged: true } };
    const result = {
      protocolVersion: params.protocolVersion,
      capabilities,
      serverInfo: { name: 'rough', version: '1' },
    };
    const greet = () => (wordOf('after') && !existsSync(wordOf('after')) ? setTimeout(greet, 20) : say({ id, result }));
    greet();
  } else if (method === 'tools/list')
    say({ id, result: { tools: list(), ...(has('pages') ? { nextCursor: 'more' } : {}) } });
  else if (method === 'tools/call') {
    const result = (tools[params.name] ?? tools.echo)(params.arguments ?? {}, id);
    if (result) say({ id, result });
  } else if (id !== undefined) say({ id, error: { code: -32601, message: 'no such method' } });
});
