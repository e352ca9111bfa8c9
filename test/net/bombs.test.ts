/** What a bomb costs a process of its own: the highest that its memory ever was, as the kernel counted it. */
import { rm, symlink } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile, runScript } from '../files/compiled.js';
import { type Local, serve } from './servers.js';

const MIB = 1024 * 1024;
const UNPACKED_MIB = 1024;

let compiled: string;
let site: Local;
let answerWith: (response: ServerResponse) => void;
beforeAll(async () => {
  compiled = await compile('src/tools/web-fetch.ts');
  await symlink(resolve('node_modules'), join(compiled, 'node_modules'));
  site = await serve((request, response) => {
    if (request.url === '/small') response.end('small');
    else answerWith(response);
  });
});
afterAll(async () => {
  site.close();
  await rm(compiled, { recursive: true });
});

interface Cost {
  readonly outcome: string;
  readonly content: string;
  /** MiB above what one small fetch takes. */
  readonly grown: number;
}

async function cost(): Promise<Cost> {
  const script = runScript(
    compiled,
    `import { createWebFetch } from './src/tools/web-fetch.js';
     const tool = createWebFetch({ allow: () => true });
     const context = { workspace: '/', task: 't', call: 'c', secrets: false, signal: new AbortController().signal };
     const fetched = (path) => tool.run({ url: '${site.url}' + path }, context);
     await fetched('/small');
     const before = process.resourceUsage().maxRSS;
     const { outcome, content } = await fetched('/bomb');
     const grown = (process.resourceUsage().maxRSS - before) / 1024;
     console.log(JSON.stringify({ outcome, content: content.slice(-200), grown }));`,
  );
  expect(await script.ended).toBe(0);
  return JSON.parse(script.printed());
}

async function packed(encoding: string, text: string): Promise<Buffer> {
  const block = Buffer.from(text.repeat(Math.ceil(MIB / text.length)));
  const parts: Buffer[] = [];
  await pipeline(
    Readable.from(Array.from({ length: UNPACKED_MIB }, () => block)),
    encoding === 'br'
      ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
      : createGzip({ level: 1 }),
    async (source) => {
      for await (const part of source) parts.push(part as Buffer);
    },
  );
  return Buffer.concat(parts);
}

test.each([
  ['gzip', 'text/plain', 'words '],
  ['br', 'text/plain', 'words '],
  ['gzip', 'text/plain', '\0'],
  ['br', 'application/json', '['],
  ['gzip', 'text/html', 'words '],
  ['br', 'text/html', '<p>'],
  ['gzip', 'text/html', '&amp;'],
])('1 GiB of %s as %s of %j costs at most 64 MiB', async (encoding, type, text) => {
  const bomb = await packed(encoding, text);
  expect((UNPACKED_MIB * MIB) / bomb.length).toBeGreaterThan(100);
  answerWith = (response) => response.writeHead(200, { 'content-type': type, 'content-encoding': encoding }).end(bomb);
  const { outcome, content, grown } = await cost();
  if (text === '\0') expect([outcome, content]).toEqual(['failed', expect.stringContaining('not text')]);
  else expect([outcome, content]).toEqual(['ok', expect.stringContaining('only the first 5 MiB were read')]);
  expect(grown).toBeLessThan(64);
});

test('a body without end costs at most 64 MiB', async () => {
  answerWith = (response) => {
    const block = Buffer.alloc(64 * 1024, 'endless ');
    const more = (): void => {
      while (response.write(block));
      response.once('drain', more);
    };
    more();
  };
  const { content, grown } = await cost();
  expect(content).toContain('only the first 5 MiB were read');
  expect(grown).toBeLessThan(64);
});
