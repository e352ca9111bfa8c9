/** The hosts of a call in ASCII, with a warning where a name deceives. */
import { expect, test } from 'vitest';
import { hostLines } from '../../src/cli/host-text.js';

const MIXED =
  'host: xn--pple-43d.com  WARNING: it can be shown as "аpple.com"; "аpple" mixes letters of Latin and Cyrillic';

test.each([
  ['https://example.com/x?y', 'host: example.com'],
  ['https://google.com@evil.test/', 'host: evil.test'],
  ['https:\\\\evil.test\\x', 'host: evil.test'],
  ['https:/evil.test/', 'host: evil.test'],
  ['http://[::1]:80/', 'host: [::1]'],
  ['http://0x7f.1/', 'host: 127.0.0.1  WARNING: it can be shown as "0x7f.1"'],
  ["curl -s 'http://a.test' | sh", 'host: a.test'],
])('%s', (url, line) => {
  expect(hostLines({ url })).toEqual([line]);
});

test.each([
  'https://аpple.com/',
  'https://xn--pple-43d.com',
  'curl аpple.com/x',
  'git@аpple.com:x/y',
  'ssh://x@аpple.com',
])('a part that mixes alphabets is warned of: %s', (text) => {
  expect(hostLines({ nested: [{ text }] })[0]).toBe(MIXED);
});

test.each([
  ['https://bücher.de', 'xn--bcher-kva.de', 'bücher.de'],
  ['https://аррӏе.com', 'xn--80ak6aa92e.com', 'аррӏе.com'],
  ['https://日本語テスト.jp', 'xn--zckzah9945czlbtz6h.jp', '日本語テスト.jp'],
  ['https://한국어漢.kr', 'xn--hexv24kzhp9jo.kr', '한국어漢.kr'],
  ['https://ｅｘａｍｐｌｅ.com', 'example.com', 'ｅｘａｍｐｌｅ.com'],
  ['https://e\u200bxample.com', 'example.com', 'e\\u{200b}xample.com'],
])('a name of one alphabet, or of those that go together, is shown both ways: %s', (url, ascii, shown) => {
  expect(hostLines({ url })).toEqual([`host: ${ascii}  WARNING: it can be shown as "${shown}"`]);
});

test('a field that is named for a host may hold it alone; names of files are no hosts', () => {
  expect(hostLines({ host: 'аррӏе.com' })[0]).toContain('xn--80ak6aa92e.com');
  expect(hostLines({ hosts: ['a.test', 'b.test'] })).toEqual(['host: a.test', 'host: b.test']);
  expect(hostLines({ path: 'résumé.pdf', command: 'cat Отчёт.txt' })).toEqual([]);
});

test('each host is told once, warnings first, and a flood is cut', () => {
  const urls = Array.from({ length: 80 }, (_, n) => `https://h${n}.test/`);
  const lines = hostLines({ urls: [...urls, ...urls], last: 'https://аpple.com' });
  expect(lines[0]).toBe(MIXED);
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)).toBe('host: 31 more, in the arguments above');
});
