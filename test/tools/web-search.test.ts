/** Each engine in its own words, and its key where it belongs. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Tool, ToolContext } from '../../src/tools/tool.js';
import { SEARCH_HOSTS } from '../../src/tools/web/engines.js';
import { createWebSearch } from '../../src/tools/web-search.js';
import { allowing, calm, type Local, serve } from '../net/servers.js';

let engine: Local;
let answerWith: (request: IncomingMessage & { body?: string }, response: ServerResponse) => void;
const bodies: string[] = [];
beforeAll(async () => {
  engine = await serve((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      bodies.push(body);
      answerWith(request, response);
    });
  });
});
afterAll(() => engine.close());
afterEach(() => {
  engine.seen.splice(0);
  bodies.splice(0);
});

type Name = 'searxng' | 'brave' | 'tavily';
const KEY = 'search-key-canary';

function search(name: Name): Tool<{ query: string; count?: number | undefined }> {
  const options = { searxng: { searxng: `${engine.url}/at/` }, brave: { braveKey: KEY }, tavily: { tavilyKey: KEY } }[
    name
  ];
  // SearXNG is the person's own: it needs no opening.
  const http = name === 'searxng' ? {} : { allow: allowing('127.0.0.1') };
  const tool = createWebSearch(options, http, { brave: engine.url, tavily: engine.url });
  if (!tool) throw new Error('no engine');
  return tool;
}
const context = (signal = calm): ToolContext => ({ workspace: '/', task: 't', call: 'c', secrets: false, signal });
const find = (name: Name, query = 'rooks & crows', count?: number) =>
  search(name).run({ query, ...(count && { count }) }, context());

const ROWS = [
  { title: 'Rook', url: 'https://birds.example/rook?a=1', text: 'A  social\nbird.' },
  { title: 'Crow', url: 'https://birds.example/crow', text: 'Another.' },
];
const ANSWERS: Readonly<Record<Name, (rows: typeof ROWS) => unknown>> = {
  searxng: (rows) => ({
    query: 'q',
    results: rows.map(({ title, url, text }) => ({ title, url, content: text, score: 1 })),
  }),
  brave: (rows) => ({
    type: 'search',
    web: { results: rows.map(({ title, url, text }) => ({ title, url, description: text })) },
  }),
  tavily: (rows) => ({
    query: 'q',
    results: rows.map(({ title, url, text }) => ({ title, url, content: text, raw_content: null })),
  }),
};
const NAMES: readonly Name[] = ['searxng', 'brave', 'tavily'];
const answering = (value: unknown, status = 200): void => {
  answerWith = (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

describe('web_search', () => {
  test('is there only when an engine is configured; the own one goes first', () => {
    expect(createWebSearch({})).toBeUndefined();
    const hosts = (options: Parameters<typeof createWebSearch>[0]) =>
      createWebSearch(options)?.touches({ query: 'x' }).hosts;
    expect(hosts({ tavilyKey: KEY })).toEqual(['api.tavily.com']);
    expect(hosts({ braveKey: KEY, tavilyKey: KEY })).toEqual(['api.search.brave.com']);
    expect(hosts({ searxng: 'http://127.0.0.1:8888', braveKey: KEY })).toEqual(['127.0.0.1', '127.0.0.1:8888']);
    expect(Object.values(SEARCH_HOSTS).every((home) => home.startsWith('https://'))).toBe(true);
    expect(search('brave')).toMatchObject({
      effect: 'network',
      replay: 'safe',
      placement: 'activity',
      yields: ['untrusted'],
    });
  });

  test.each(NAMES)('%s: title, URL and snippet, and who says so', async (name) => {
    answering(ANSWERS[name](ROWS));
    expect(await find(name)).toEqual({
      outcome: 'ok',
      content:
        '1. Rook\n   https://birds.example/rook?a=1\n   A social bird.\n2. Crow\n   https://birds.example/crow\n   Another.',
      origin: `the search engine ${name}`,
    });
    expect((await find(name, 'x', 1)).content).not.toContain('Crow');
    answering(ANSWERS[name]([]));
    expect((await find(name)).content).toBe('[no results]');
  });

  test('each is asked in its own words, and its key goes into its own header only', async () => {
    answering({ results: [] });
    for (const name of NAMES) await find(name, 'rooks & crows', 3);
    const [searxng, brave, tavily] = engine.seen;
    expect([searxng?.method, searxng?.url]).toEqual(['GET', '/at/search?q=rooks+%26+crows&format=json']);
    expect([brave?.method, brave?.url]).toEqual([
      'GET',
      '/res/v1/web/search?q=rooks+%26+crows&count=3&text_decorations=false',
    ]);
    expect([tavily?.method, tavily?.url]).toEqual(['POST', '/search']);
    expect(JSON.parse(bodies[2] ?? '')).toEqual({ query: 'rooks & crows', max_results: 3 });
    const keyed = engine.seen.map(({ headers }) =>
      Object.keys(headers).filter((header) => String(headers[header]).includes(KEY)),
    );
    expect(keyed).toEqual([[], ['x-subscription-token'], ['authorization']]);
    expect(engine.seen.map(({ url }) => url).join() + bodies.join()).not.toContain(KEY);
  });

  test.each(NAMES)(
    '%s: a refusal, a redirect and nonsense are sentences without its words or the key',
    async (name) => {
      const echo = { results: 'x', error: `bad key ${KEY}` };
      for (const [status, words] of [
        [401, /check its key/],
        [403, name === 'searxng' ? /format json/ : /check its key/],
        [429, /too many searches/],
        [500, /status 500/],
      ] as const) {
        answering(echo, status);
        expect(await find(name)).toMatchObject({ outcome: 'failed', content: expect.stringMatching(words) });
        expect((await find(name)).content).not.toMatch(/bad key|canary/);
      }
      for (const value of [echo, [], null, 'text', { results: {} }]) {
        answering(value);
        const { content } = await find(name);
        expect([
          `The search engine ${name} answered with something that is not a list of results.`,
          '[no results]',
        ]).toContain(content);
      }
      answerWith = (_, response) => response.end('<html>');
      expect((await find(name)).content).toMatch(/not a list of results/);
      engine.seen.splice(0);
      answerWith = (_, response) => response.writeHead(302, { location: `${engine.url}/elsewhere` }).end();
      expect((await find(name)).content).toMatch(/redirect, which is not followed/);
      expect(engine.seen).toHaveLength(1);
    },
  );

  test.each(NAMES)('%s: a key that the engine echoes does not come into the answer', async (name) => {
    answering(ANSWERS[name]([{ title: `your key ${KEY}`, url: `https://x.example/?k=${KEY}`, text: KEY }]));
    const { content, outcome } = await find(name);
    expect(outcome).toBe('ok');
    if (name !== 'searxng') expect(content).toBe('1. your key [key]\n   https://x.example/?k=[key]\n   [key]');
  });

  test('results are cut, plain, and lead to the web only', async () => {
    answering(
      ANSWERS.brave([
        {
          title: '<b>Bold</b> &amp; ![x](http://evil.example)',
          url: 'https://a.example/![x](y)',
          text: '<img src=x onerror=y>words',
        },
        { title: 'script', url: 'javascript:alert(1)', text: '' },
        { title: 'file', url: 'file:///etc/passwd', text: '' },
        { title: 't'.repeat(10_000), url: 'https://b.example', text: 's'.repeat(100_000) },
      ]),
    );
    const { content } = await find('brave');
    expect(content.split('\n').slice(0, 3)).toEqual([
      '1. Bold & !\\[x](http://evil.example)',
      '   https://a.example/!%5Bx](y)',
      '   words',
    ]);
    expect(content).not.toMatch(/script|passwd/);
    expect(content.length).toBeLessThan(1_500);
    answering({ web: { results: [{ url: 'https://c.example', title: 7 }, { title: 'no url' }, 'x', null] } });
    expect((await find('brave')).content).toBe('1. (no title)\n   https://c.example/');
  });

  test('an engine that is not there, is slow or too much is a sentence; a cancelled call ends', async () => {
    const gone = createWebSearch({ searxng: 'http://127.0.0.1:1' });
    expect(await gone?.run({ query: 'x' }, context())).toMatchObject({
      outcome: 'failed',
      content: expect.stringMatching(/connection was refused/),
    });
    answerWith = (_, response) => response.end(' '.repeat(6 * 1024 * 1024));
    expect((await find('brave')).content).toMatch(/more data than is read/);
    expect(await search('brave').run({ query: 'x' }, context(AbortSignal.abort()))).toMatchObject({
      content: expect.stringMatching(/Cancelled/),
    });
  });

  test("a hosted engine's name that leads inside gets no key", async () => {
    const tool = createWebSearch({ braveKey: KEY }, {}, { brave: engine.url, tavily: engine.url });
    expect(await tool?.run({ query: 'x' }, context())).toMatchObject({
      outcome: 'failed',
      content: expect.stringMatching(/not on the public internet/),
    });
    expect(engine.seen).toHaveLength(0);
  });
});
