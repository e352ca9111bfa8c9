import { describe, expect, test } from 'vitest';
import { profile } from '../../src/sandbox/seatbelt.js';

const REGION = {
  workspace: '/Users/me/work',
  home: '/Users/me',
  hidden: ['/Users/me/work/state'],
  credentials: ['/Users/me/work/.env'],
  scratch: '/private/var/folders/x',
};

/** What the text says. Whether macOS takes it is looked at where it runs, before it is used. */
describe('the profile for macOS', () => {
  const lines = profile(REGION).split('\n');
  const at = (part: string): number => lines.findIndex((line) => line.includes(part));

  test('denies network and writing, then allows the workspace, then takes back what is protected and hidden', () => {
    const order = [
      '(deny network*)',
      '(deny file-write*)',
      '(deny file-read* (subpath "/Users")',
      '(subpath "/Users/me/work")',
    ];
    const places = [
      ...order,
      '\\.mcp\\.json',
      'hooks|config',
      '(subpath "/Users/me/work/state")',
      '(subpath "/Users/me/work/.env")',
    ].map(at);
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  });

  test('the rest of a repository stays writable', () => {
    expect(lines.filter((line) => line.includes('/\\.git(/|$)'))).toEqual([]);
  });

  test('a name that would end a string or a pattern is taken as it is', () => {
    const text = profile({ ...REGION, workspace: '/Users/me/a"b(c)' });
    expect(text).toContain('(subpath "/Users/me/a\\"b(c)")');
    expect(text).toContain('/Users/me/a\\"b\\(c\\)/');
  });
});
