/** Tasks that were started by an older build continue with this one: recorded histories replay clean. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { quiet } from '../support/quiet.js';

const DIRECTORY = resolve('test/histories');
const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));

beforeAll(quiet);

function replay(name: string, code: string): Promise<void> {
  const history: unknown = JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8'));
  return Worker.runReplayHistory({ workflowBundle: { code } }, history, 'task');
}

function bundle(): string {
  return readFileSync(inject('bundle'), 'utf8');
}

/** The bundle with a part of the workflow changed. Throws when that part is not there any more. */
function mutated(part: RegExp, instead: string): string {
  const code = bundle();
  const changed = code.replace(part, instead);
  if (changed === code) throw new Error(`the workflow has no ${part}`);
  return changed;
}

test('histories of every kind of ending are there', () => {
  expect(names.length).toBeGreaterThanOrEqual(10);
});

describe('a recorded history replays clean', () => {
  test.each(names)('%s', async (name) => {
    await replay(name, bundle());
  });
});

describe('an agent of a workflow of a user', () => {
  const path = resolve(DIRECTORY, 'agents/research.json');
  const history: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const workflowsPath = resolve('test/support/user-workflows/agents.ts');

  test('replays clean', async () => {
    await Worker.runReplayHistory({ workflowsPath }, history, 'agent');
  });
});

describe('a history in which a worker has a notifier, and the workflow is of a version that tells none', () => {
  test('replays clean', async () => {
    const text = readFileSync(join(DIRECTORY, 'plain.json'), 'utf8');
    const said = { notifies: ['done', 'failed', 'needs_you'] };
    const withNotifier = text.replace(/"data": "([\w+/=]+)"/g, (whole, data: string) => {
      const value = JSON.parse(Buffer.from(data, 'base64').toString()) as { readonly kind?: string };
      if (value?.kind !== 'accepted') return whole;
      return `"data": "${Buffer.from(JSON.stringify({ ...value, ...said })).toString('base64')}"`;
    });
    expect(withNotifier).not.toBe(text);
    await Worker.runReplayHistory({ workflowBundle: { code: bundle() } }, JSON.parse(withNotifier), 'task');
  });
});

describe('a changed workflow is told by its histories', () => {
  test('that writes the files before the first iteration, as an activity of its own', async () => {
    const asked = /let thought = await (.+?nextReply\)\(asker\));/;
    const code = mutated(asked, 'asker.mirroring.flush(); let thought = await $1;');
    await expect(replay('plain.json', code)).rejects.toThrow(/[Nn]ondeterminism/);
  });

  test('that asks the model before the calls are answered', async () => {
    const code = mutated(/if \(answering\)\s+await answering;/, '');
    await expect(replay('tools.json', code)).rejects.toThrow(/[Nn]ondeterminism/);
  });

  test('that runs a call before it was approved', async () => {
    const code = mutated(/const decided = await approvals\.decided\([^;]*;/, 'const decided = {};');
    await expect(replay('approvals.json', code)).rejects.toThrow(/[Nn]ondeterminism/);
  });

  test('that does not tell of the end', async () => {
    const code = mutated(/await [^;]*tellEnd\)\(run\);/, '');
    await expect(replay('notified.json', code)).rejects.toThrow(/[Nn]ondeterminism/);
  });

  test('that does not ask again after a resume', async () => {
    const code = mutated(/return inbox\.wakes\.shift\(\);/, 'return "moved";');
    await expect(replay('resume.json', code)).rejects.toThrow(/[Nn]ondeterminism/);
  });
});
