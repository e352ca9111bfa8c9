/** A missing sandbox is said once for each work directory, with the line that installs one on this system. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportMissingSandbox } from '../../src/cli/first-use.js';
import { pathsOf } from '../../src/mirror/paths.js';
import { installLine } from '../../src/sandbox/install-line.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rookery-first-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function said(workdir: string, sandbox: 'auto' | 'off', found: 'absent' | 'available'): Promise<string[]> {
  const lines: string[] = [];
  const session = {
    paths: pathsOf(join(root, workdir)),
    settings: { security: { value: { sandbox } } },
    out: { info: (line: string) => lines.push(line) },
  };
  const answer = { kind: found, why: 'bubblewrap is not installed', fix: 'Install it: sudo apt install bubblewrap' };
  await reportMissingSandbox(session as never, async () => answer as never);
  return lines;
}

test('once for each work directory, and never where the settings want none or there is one', async () => {
  expect(await said('one', 'auto', 'absent')).toEqual([
    'There is no sandbox here, so shell commands need your approval: bubblewrap is not installed. Install it: sudo apt install bubblewrap.',
  ]);
  expect(await said('one', 'auto', 'absent')).toEqual([]);
  expect(await said('two', 'auto', 'absent')).toHaveLength(1);
  expect(await said('three', 'off', 'absent')).toEqual([]);
  expect(await said('four', 'auto', 'available')).toEqual([]);
});

test.each([
  ['/usr/bin/apt-get', 'sudo apt install bubblewrap'],
  ['/usr/bin/dnf', 'sudo dnf install bubblewrap'],
  ['/usr/bin/pacman', 'sudo pacman -S bubblewrap'],
  ['/sbin/apk', 'sudo apk add bubblewrap'],
  ['', 'Install the package bubblewrap'],
])('on a system with %s: %s', (program, line) => {
  expect(installLine((path) => path === program)).toContain(line);
});
