import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { protect } from '../../src/sandbox/protect.js';
import { NOTES } from '../support/sandbox.js';
import { createSite, type Site } from './site.js';

const ROUNDS = 60;
const AT_ONCE = 6;

let site: Site;
beforeEach(() => {
  site = createSite();
});
afterEach(() => site.remove());

describe('the stand-ins of protected files that do not exist', () => {
  test.each(['a repository', 'no repository'])('are there while other commands begin and end: %s', async (kind) => {
    const workspace = kind === 'a repository' ? site.workspace : join(site.outside, 'plain');
    mkdirSync(workspace, { recursive: true });
    const missing: string[] = [];
    const command = async (): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const protection = await protect({ workspace, isHome: false, notes: NOTES });
        missing.push(...protection.fixed.filter((path) => !existsSync(path)));
        // Other commands begin and end while this one runs.
        await new Promise(setImmediate);
        missing.push(...protection.fixed.filter((path) => !existsSync(path)));
        await protection.release();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, command));
    expect([...new Set(missing)]).toEqual([]);
  });

  test('are gone when the last command has ended', async () => {
    const before = readdirSync(site.workspace);
    const protections = await Promise.all(
      [1, 2].map(() => protect({ workspace: site.workspace, isHome: false, notes: NOTES })),
    );
    expect(readdirSync(site.workspace).length).toBeGreaterThan(before.length);
    for (const protection of protections) await protection.release();
    expect(readdirSync(site.workspace)).toEqual(before);
  });
});
