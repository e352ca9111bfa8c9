import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findMarked } from '../../src/processes/kill-tree.js';
import { createControlGroup } from '../../src/sandbox/cgroup.js';
import { createShell } from '../../src/tools/shell.js';
import { SCALE } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';
import { createSite, type Site } from './site.js';

const { why } = await sandboxHere();
const group = await createControlGroup();
const hasGroups = group.processFiles.length > 0;
await group.remove();

let site: Site;
beforeEach(() => {
  site = createSite();
});
afterEach(() => site.remove());

async function run(command: string, timeout_secs = 60): Promise<string> {
  const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home });
  const shell = createShell({ env: { PATH: process.env.PATH }, sandbox });
  const call = `call-${Math.random()}`;
  const context = { workspace: site.workspace, task: 'task-1', call, secrets: false };
  const { content } = await shell.run({ command, timeout_secs }, { ...context, signal: new AbortController().signal });
  expect(findMarked({ call })).toEqual([]);
  return content;
}

/** How much the memory of this process grows while the command runs. */
async function watched(command: string, timeout_secs = 60): Promise<{ result: string; grownMiB: number }> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  const timer = setInterval(look, 10);
  const result = await run(command, timeout_secs).finally(() => clearInterval(timer));
  look();
  return { result, grownMiB: (peak - before) / 2 ** 20 };
}

/** Another command, which begins and ends while this one runs: it is not held up. */
async function besides(command: string, timeout_secs = 60): Promise<{ result: string; grownMiB: number }> {
  const ended: string[] = [];
  const running = watched(command, timeout_secs).finally(() => ended.push('the command'));
  expect(await run('echo beside')).toBe('beside\n');
  ended.push('the one beside it');
  const seen = await running;
  expect(ended).toEqual(['the one beside it', 'the command']);
  return seen;
}

describe.skipIf(why !== '')(`a command that takes what it can${why}`, () => {
  test.skipIf(!hasGroups && process.getuid?.() === 0)(
    'a fork bomb ends with its command, while other commands run',
    async () => {
      // One fork and `exec`: a shell that cannot fork any more would end before its time is over.
      const bomb = 'bomb() { bomb | bomb & }; bomb 2>/dev/null & exec sleep 30';
      const { result } = await besides(bomb, 4);
      expect(result).toContain('timeout');
      if (hasGroups) expect(result).toContain('[the limit of 1024 processes was reached]');
    },
  );

  test.skipIf(!hasGroups)('all of its processes together have a bound of memory, and the answer says so', async () => {
    const eater = `perl -e 'my @a; for (1..400) { push @a, "x" x (1 << 24) } sleep 20'`;
    const { result } = await besides(`for i in 1 2; do ${eater} & done; wait; echo done`);
    expect(result).toContain('[the memory limit of 4 GiB was reached]');
  });

  test('one process has a bound of memory', async () => {
    expect(await run(`perl -e 'my $x = "x" x (5 << 30); print "ESCAPED"' || echo held`)).toContain('held');
  });

  test('private file systems are small', async () => {
    expect(
      await run(
        'head -c 2G /dev/zero > /tmp/x; wc -c < /tmp/x; rm /tmp/x; head -c 1G /dev/zero > /dev/shm/x; wc -c < /dev/shm/x',
      ),
    ).toMatch(/No space left on device\n1073741824\n.*No space left on device\n16777216\n$/s);
  });

  test('a file has a largest size, a process a number of open files, and no core is written', async () => {
    expect(await run('truncate -s 20G big && echo ESCAPED; ls -l big | cut -d" " -f5')).not.toContain('ESCAPED');
    expect(
      await run(
        `perl -e 'my @f; while (open my $f, "<", "/dev/null") { push @f, $f } print scalar(@f) < 4096 ? "held" : "ESCAPED"'`,
      ),
    ).toBe('held');
    await run('kill -SEGV $$');
    expect(readdirSync(site.workspace).filter((name) => name.includes('core'))).toEqual([]);
  });

  const FILES = Math.round(1_000_000 * SCALE);
  test(`${FILES} files do not harm this process`, async () => {
    const make = `mkdir many; perl -e 'for (1..${FILES}) { open my $f, ">", "many/$_" or die } print "made"' && rm -rf many`;
    const { result, grownMiB } = await besides(make, 120);
    expect(result).toMatch(/^made|timeout/);
    expect(grownMiB).toBeLessThan(64);
  }, 600_000);

  test('a command that only computes ends at its time', async () => {
    const { result } = await besides('for i in 1 2 3 4; do while :; do :; done & done; wait', 4);
    expect(result).toContain('timeout');
  });

  test.each([
    ['lines for ever', 'yes | head -c 10G'],
    ['one line of a gibibyte', "head -c 1G /dev/zero | tr '\\0' x"],
    ['bytes that are no text', 'head -c 1G /dev/urandom'],
    ['sequences for a terminal', `yes "$(printf '\\033[2J\\033[31m\\033]0;x\\007')"`],
    ['both streams', 'yes & yes >&2'],
  ])('prints %s in bounded memory', async (_, command) => {
    await run('true');
    const { result, grownMiB } = await watched(command);
    expect(Buffer.byteLength(result)).toBeLessThanOrEqual(65_536);
    expect(result).toContain('printed more than 100 MiB');
    expect(grownMiB).toBeLessThan(64);
  });
});

describe('a control group', () => {
  test('is left out where none can be made, and nothing is thrown', async () => {
    for (const self of ['0::/user.slice/x.scope\n', '4:memory:/a\n8:pids:/b\n', '', 'nonsense']) {
      const none = await createControlGroup('/nowhere', self);
      expect(none.processFiles).toEqual([]);
      expect(await none.hits()).toEqual([]);
      await none.remove();
    }
  });
});
