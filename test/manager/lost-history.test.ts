/** What a task continues from when only its files are left: the calls that it has begun since its checkpoint, and its start. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderObservation } from '../../src/domain/text-protocol.js';
import type { CallOutcome } from '../../src/domain/tool.js';
import type { TaskFile } from '../../src/domain/wire.js';
import { begunAfter } from '../../src/manager/begun-calls.js';
import type { ManagerContext } from '../../src/manager/context.js';
import { startOfFile } from '../../src/manager/lost-history.js';
import { pathsOf } from '../../src/mirror/paths.js';
import { temporaryDirectory } from '../server/support.js';

const TASK = '3f2a91c4-0000-4000-8000-000000000000';

/** Claims in this order; undefined: without a result. */
async function workdirWith(results: readonly ([CallOutcome, string] | undefined)[]) {
  const paths = pathsOf(await temporaryDirectory());
  const directory = join(paths.claims, TASK);
  mkdirSync(directory, { recursive: true });
  for (const [n, result] of results.entries()) {
    const call = `call-${n}`;
    writeFileSync(
      join(directory, call),
      JSON.stringify({ pid: 1, started: 'x', at: new Date(n * 1_000).toISOString() }),
    );
    if (!result) continue;
    const [outcome, content] = result;
    writeFileSync(join(directory, `${call}.result`), JSON.stringify({ call, outcome, content }));
  }
  return paths;
}

const observed = (...texts: string[]): string[] => texts.map((text) => renderObservation('ok', text));

describe('calls that were begun after the checkpoint', () => {
  test('those whose results are not in it, in order, with their results', async () => {
    const paths = await workdirWith([['ok', 'one'], ['ok', 'two'], ['failed', 'three'], undefined]);
    const begun = await begunAfter(paths, TASK, observed('one'));
    expect(begun).toMatchObject([
      { summary: 'the call call-1', result: { outcome: 'ok', content: 'two' } },
      { summary: 'the call call-2', result: { outcome: 'failed', content: 'three' } },
      { summary: 'the call call-3', result: null },
    ]);
  });

  test('a second one with the same result is not taken for the first', async () => {
    const paths = await workdirWith([
      ['ok', '[no output]'],
      ['ok', '[no output]'],
      ['ok', '[no output]'],
    ]);
    expect(await begunAfter(paths, TASK, observed('[no output]', 'of a reading tool', '[no output]'))).toHaveLength(1);
    expect(await begunAfter(paths, TASK, observed('[no output] and more'))).toHaveLength(3);
  });

  test('an output that was shortened since hides none after it', async () => {
    const paths = await workdirWith([
      ['ok', 'a long one'],
      ['ok', 'two'],
      ['ok', 'three'],
    ]);
    expect(await begunAfter(paths, TASK, observed('[shortened]', 'two'))).toMatchObject([
      { result: { content: 'three' } },
    ]);
  });

  test('none where nothing was begun', async () => {
    expect(await begunAfter(await workdirWith([]), TASK, observed('one'))).toEqual([]);
  });
});

describe('the start of a task that is not kept here', () => {
  const file = { id: TASK, prompt: 'Do it.', system_prompt: 'You are.', created_at: '2026-11-27T10:00:00+00:00' };
  const foreign = { task: file as TaskFile, extra: [] };
  const adopt = async () => ({ allow: ['shell'] });

  test('has the settings of the person where it was verified here', async () => {
    const paths = pathsOf(await temporaryDirectory());
    mkdirSync(paths.side, { recursive: true });
    writeFileSync(paths.admitted(TASK), '{}');
    const about = { workspace: '/srv/project', name: 'nightly' };
    writeFileSync(
      paths.order(TASK),
      `${JSON.stringify({ run_started: 1, version: 1, hashes: [], ended: false, about })}\n`,
    );
    const start = await startOfFile({ paths } as ManagerContext, foreign, adopt);
    expect(start).toEqual({
      ...{ prompt: 'Do it.', system_prompt: 'You are.', created_at: file.created_at },
      ...{ allow: ['shell'], workspace: '/srv/project', name: 'nightly' },
    });
  });

  test('is not made up for one that was never verified: it may not do what the person may', async () => {
    const paths = pathsOf(await temporaryDirectory());
    await expect(startOfFile({ paths } as ManagerContext, foreign, adopt)).rejects.toMatchObject({ code: 'unsigned' });
  });
});
