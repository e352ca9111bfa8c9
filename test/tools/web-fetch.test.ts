import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseArgs } from '../../src/tools/catalogue.js';
import type { ToolContext, ToolOutcome } from '../../src/tools/tool.js';
import { pageMarkdown } from '../../src/tools/web/page.js';
import { bareText } from '../../src/tools/web/plain.js';
import { createWebFetch } from '../../src/tools/web-fetch.js';
import { allowing, calm, type Local, serve } from '../net/servers.js';
import { expectLinear } from '../support/growth.js';

const tool = createWebFetch({ allow: allowing('127.0.0.1') });
let site: Local;
let answerWith: (response: ServerResponse) => void;
beforeAll(async () => {
  site = await serve((_, response) => answerWith(response));
});
afterAll(() => site.close());

const context = (signal = calm): ToolContext => ({ workspace: '/', task: 't', call: 'c', secrets: false, signal });

async function fetched(body: string | Buffer, type?: string, args: object = {}): Promise<ToolOutcome> {
  answerWith = (response) => {
    if (type !== undefined) response.setHeader('content-type', type);
    response.end(body);
  };
  const parsed = parseArgs(tool, { url: `${site.url}/dir/page`, ...args });
  if (!parsed.ok) throw new Error(parsed.problem);
  return tool.run(parsed.args as never, context());
}
const linksInLinks = (count: number): string => `${'<a href=x>'.repeat(count)}core`;
const html = async (body: string): Promise<string> => (await fetched(body, 'text/html')).content;

const WORDS = 'Rooks nest in colonies, and a colony of them is called a rookery, which is where the word comes from. ';

describe('web_fetch', () => {
  test('says what it is and what it touches', () => {
    expect(tool).toMatchObject({ effect: 'network', replay: 'safe', placement: 'activity', yields: ['untrusted'] });
    const hosts = (url: string) => tool.touches({ url }).hosts;
    expect(hosts('https://Example.COM/x')).toEqual(['example.com']);
    expect(hosts('https://example.com.:443/')).toEqual(['example.com']);
    expect(hosts('http://example.com:8080/')).toEqual(['example.com', 'example.com:8080']);
    expect(hosts('http://user:word@other.example\\@example.com/')).toEqual(['other.example']);
    expect(hosts('https://bücher.example')).toEqual(['xn--bcher-kva.example']);
    expect(hosts('http://0x7f.1/')).toEqual(['127.0.0.1']);
    expect(hosts('no url')).toEqual([]);
  });

  test('turns an article into markdown, without what is around it', async () => {
    const { outcome, content, origin } = await fetched(
      `<!doctype html><html><head><title>On rooks</title><style>p{}</style></head><body>
       <nav><a href="/home">Home</a></nav><script>alert('x')</script>
       <article><h1>On rooks</h1>${`<p>${WORDS}</p>`.repeat(6)}
       <p>See <a href="../more?a=1">more</a> &amp; <b>bold</b>.</p><ul><li>one</li><li>two</li></ul>
       <pre><code class="language-rust">let v = vec![1];</code></pre>
       <table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></article>
       <footer>imprint</footer></body></html>`,
      'text/html; charset=utf-8',
    );
    expect([outcome, origin]).toEqual(['ok', `${site.url}/dir/page`]);
    expect(content).toMatch(/^# On rooks\n\nRooks nest/);
    expect(content).toContain(`[more](${site.url}/more?a=1) & **bold**`);
    expect(content).toMatch(/- {3}one\n- {3}two/);
    expect(content).toContain('```rust\nlet v = vec![1];\n```');
    expect(content).toContain('| a | b |\n| --- | --- |\n| 1 | 2 |');
    expect(content).not.toMatch(/Home|imprint|alert|p\{/);
  });

  test('turns a page without an article whole', async () => {
    expect(await html('<title>List</title><ul><li><a href="/a">A</a><li>B</ul>')).toBe(
      `# List\n\n-   [A](${site.url}/a)\n-   B`,
    );
    expect(await html('just words')).toBe('just words');
    expect(await html('')).toBe('[the answer is empty]');
  });

  test('leaves nothing that a viewer of the markdown would load or run, and nothing that the page hides', async () => {
    const content = await html(
      `<p>a <img src="http://evil.example/p.png?d=1" alt="a ![x](http://evil.example/2)"> b
       <a href="javascript:alert(1)">click</a> <a href="data:text/html,x">data</a> ![t](http://evil.example/3)
       &lt;img src=http://evil.example/4&gt; <svg><image href="http://evil.example/5"/></svg>
       <picture><source srcset="http://evil.example/6"></picture><iframe src="http://evil.example/7"></iframe>
       <a href="http://ok.example/)![i](http://evil.example/8)">link</a></p>
       <p hidden>secretly</p><p style="display: none">secretly</p>`,
    );
    expect(content).toContain('(image: a');
    expect(content).toMatch(/ click data /);
    // No image, no element; what is left of the URLs are words, or part of a link that a person would have to follow.
    expect(content).not.toMatch(/(?<!\\)!\[|!\[(?!\\)|(?<!\\)<[a-z]|javascript:|data:|secretly|evil\.example\/[1567p]/);
  });

  test('gives JSON and text as they are, and the source of a page when asked', async () => {
    const json = '{"a": [1, 2],  "b": "![x](y)"}';
    for (const type of ['application/json', 'application/vnd.api+json; charset=utf-8', 'text/plain'])
      expect((await fetched(json, type)).content).toBe(json);
    expect((await fetched('<p>x</p>', 'text/html', { raw: true })).content).toBe('<p>x</p>');
    expect((await fetched('# T\n![x](http://evil.example) <img src=x>', 'text/markdown')).content).toBe(
      '# T\n!\\[x](http://evil.example) \\<img src=x>',
    );
  });

  test('reads the encoding that is stated, in the header or in the page', async () => {
    const latin = Buffer.from('Käse', 'latin1');
    expect((await fetched(latin, 'text/plain; charset=ISO-8859-1')).content).toBe('Käse');
    expect(await fetched(Buffer.concat([Buffer.from('<meta charset="latin1"><p>'), latin]), 'text/html')).toMatchObject(
      {
        content: 'Käse',
      },
    );
    expect((await fetched(Buffer.from('\ufeffKäse', 'utf16le'), 'text/plain')).content).toBe('Käse');
    expect((await fetched('Käse', 'text/plain; charset=no-such')).content).toBe('Käse');
    expect((await fetched('Käse')).content).toBe('Käse');
    expect((await fetched('<html><p>Käse', 'application/octet-stream')).content).toBe('Käse');
  });

  test.each([
    ['image/png', Buffer.from([137, 80, 78, 71]), 'image/png, 4 bytes'],
    ['application/pdf', Buffer.from('%PDF-1.7'), 'application/pdf, 8 bytes'],
    ['text/plain', Buffer.from('a\0b'), 'text/plain, 3 bytes'],
    ['', Buffer.from([0xff, 0xfe, 0xfd, 0x80, 0x81, 0]).subarray(2), 'no stated type, 4 bytes'],
  ])('refuses what is binary with its type and size: %s', async (type, body, words) => {
    const { outcome, content } = await fetched(body, type || undefined);
    expect([outcome, content]).toEqual(['failed', `[the answer is not text and was not read: ${words}]`]);
  });

  test('cuts at 64 KiB and says how to read on; all parts together are the whole', async () => {
    const whole = Array.from({ length: 20_000 }, (_, i) => `line ${i} 😀`).join('\n');
    let text = '';
    for (let offset = 0; offset < whole.length; ) {
      const { content } = await fetched(whole, 'text/plain', { offset });
      expect(Buffer.byteLength(content)).toBeLessThanOrEqual(64 * 1024);
      const at = content.lastIndexOf('\n[');
      text += content.slice(0, at);
      const next = /read on with offset (\d+)\]$/.exec(content)?.[1];
      if (next === undefined) break;
      offset = Number(next);
      expect(offset).toBe(text.length);
    }
    expect(text).toBe(whole);
    expect((await fetched('short', 'text/plain', { offset: 9 })).content).toMatch(/nothing at offset 9: it has 5 char/);
  });

  test('a status that is none of success is failed, with what the server says', async () => {
    answerWith = (response) => response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"none"}');
    expect(await tool.run({ url: site.url }, context())).toEqual({
      outcome: 'failed',
      content: '{"error":"none"}\n[the server answered with status 404]',
      origin: `${site.url}/`,
    });
  });

  test('a redirect to another host is an answer that names it', async () => {
    answerWith = (response) => response.writeHead(302, { location: 'https://other.example/a?b' }).end();
    expect(await tool.run({ url: site.url }, context())).toEqual({
      outcome: 'ok',
      content: `${site.url}/ redirects to https://other.example/a?b, which was not fetched; call web_fetch with that URL if you want it.`,
      origin: `${site.url}/`,
    });
  });

  test('what goes wrong is a sentence, without a password that was given', async () => {
    for (const url of [
      'http://me:pass-word@example.com',
      'nothing',
      'ftp://x.example',
      'http://127.0.0.9/',
      `http://${'a'.repeat(300)}.example`,
    ]) {
      const { outcome, content } = await createWebFetch().run({ url }, context());
      expect([url, outcome, content]).toEqual([url, 'failed', expect.stringMatching(/^[^\n]{10,500}\.$/)]);
      expect(content).not.toContain('pass-word');
    }
    expect(await tool.run({ url: site.url }, context(AbortSignal.abort()))).toMatchObject({
      outcome: 'failed',
      content: expect.stringMatching(/Cancelled/),
    });
  });
});

/** Each is what takes a parser, a walker or a writer long, deep or wide: so many of something. */
const HOSTILE: readonly (readonly [number, string, (count: number) => string])[] = [
  [100_000, 'nested elements', (n) => `${'<div>'.repeat(n)}core`],
  [20_000, 'nested elements', (n) => `${'<div>'.repeat(n)}core`],
  [5_000, 'nested bold and italic ones', (n) => `${'<b><i>'.repeat(n)}core`],
  [20_000, 'links in links', linksInLinks],
  [2_000, 'nested tables', (n) => `${'<table><tr><td>'.repeat(n)}core`],
  [3_000, 'nested lists', (n) => `${'<ul><li>'.repeat(n)}core`],
  [3_000, 'nested quotes', (n) => `${'<blockquote>'.repeat(n)}core`],
  [100_000, 'paragraphs', (n) => `<p>core</p>${'<p>x</p>'.repeat(n)}`],
  [1_500_000, 'characters of an attribute', (n) => `<p title="${'x'.repeat(n)}">core</p>`],
  [200_000, 'attributes', (n) => `<p>core</p><p ${Array.from({ length: n }, (_, i) => `a${i}`).join(' ')}></p>`],
  [400_000, 'entities', (n) => `core ${'&amp;'.repeat(n)}`],
  [250_000, 'times what markdown must escape', (n) => `core ${'*_`['.repeat(n)}`],
  [750_000, 'lines of white space', (n) => `core${' \n'.repeat(n)}end`],
  [300_000, 'comments that never end', (n) => `core${'<!--'.repeat(n)}`],
  [300_000, 'lone brackets', (n) => `core ${'< '.repeat(n)}`],
  [200_000, 'scripts that never end', (n) => `core ${'<script>'.repeat(n)}`],
  [1_900_000, 'characters of an endless tag', (n) => `core <${'a'.repeat(n)}`],
  [1_700_000, 'tags', (n) => `core ${'<i>'.repeat(n)}`],
];

describe('hostile markup', () => {
  test.each(HOSTILE)(
    '%i %s: an answer, and its bare text takes twice as long where they are twice as many',
    async (...page) => {
      const [count, , make] = page;
      const packed = gzipSync(make(count));
      answerWith = (response) =>
        response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(packed);
      const { outcome, content } = await tool.run({ url: site.url }, context());
      expect([outcome, content]).toEqual(['ok', expect.stringContaining('core')]);
      expect(Buffer.byteLength(content)).toBeLessThanOrEqual(64 * 1024);
      // A part of it: what runs through more memory than the processor's cache holds is slower for that reason alone.
      expectLinear(count / 16, make, bareText);
    },
  );

  test('that takes long holds nothing else up', async () => {
    const page = linksInLinks(20_000);
    const ended: string[] = [];
    const slow = pageMarkdown(page, { base: site.url, signal: calm }).finally(() => ended.push('slow'));
    expect(await html('<p>quick</p>')).toBe('quick');
    ended.push('quick');
    expect((await slow).note).toMatch(/^bare text/);
    expect(ended).toEqual(['quick', 'slow']);
  });

  test('is left when the call is cancelled', async () => {
    const controller = new AbortController();
    const options = { base: site.url, deadlineMs: 600_000, signal: controller.signal };
    const turned = pageMarkdown(linksInLinks(20_000), options);
    controller.abort();
    expect((await turned).note).toMatch(/^bare text/);
  });
});
