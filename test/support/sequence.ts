/** What the files of a task may look like one after another. */
import { basename } from 'node:path';
import { expect } from 'vitest';
import { isTerminal } from '../../src/domain/task.js';
import { microsOfStamp } from '../../src/domain/timestamp.js';
import type { Checkpoint, TaskFile } from '../../src/domain/wire.js';
import type { Sighting } from './watcher.js';

/** Whole, of one task, forwards in status, iterations and time; a checkpoint that agrees with its own copy. */
export function expectLegalTaskFiles(id: string, sightings: readonly Sighting[]): TaskFile[] {
  const files = sightings.map(({ text }) => JSON.parse(text) as TaskFile);
  let before: TaskFile | undefined;
  for (const file of files) {
    expect(file.id).toBe(id);
    if (before) expectStep(before, file);
    if (isTerminal(file.status)) expect(file.checkpoint).toBeNull();
    if (file.checkpoint !== null) expectCheckpoint(file, JSON.parse(file.checkpoint) as Checkpoint);
    before = file;
  }
  return files;
}

export function expectLegalCheckpoints(id: string, sightings: readonly Sighting[]): Checkpoint[] {
  const checkpoints = sightings.map(({ text }) => JSON.parse(text) as Checkpoint);
  let iteration = -1;
  for (const checkpoint of checkpoints) {
    expect(checkpoint.session_id).toBe(id);
    expect(checkpoint.iteration).toBeGreaterThanOrEqual(iteration);
    iteration = checkpoint.iteration;
  }
  return checkpoints;
}

/** Sightings of one task's file, or of its checkpoint. */
export function of(id: string, sightings: readonly Sighting[], kind: 'task' | 'checkpoint'): Sighting[] {
  return sightings.filter(
    ({ path }) => basename(path) === `${id}.json` && path.includes('/checkpoints/') === (kind === 'checkpoint'),
  );
}

// ---

const ORDER = ['Pending', 'Running', 'end'];

function rank({ status }: TaskFile): number {
  return isTerminal(status) ? 2 : ORDER.indexOf(status);
}

function expectStep(before: TaskFile, after: TaskFile): void {
  expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
  if (isTerminal(before.status)) expect(after.status).toBe(before.status);
  expect(after.iterations).toBeGreaterThanOrEqual(before.iterations);
  expect(after.created_at).toBe(before.created_at);
  expect(after.prompt).toBe(before.prompt);
  expect(microsOfStamp(after.updated_at)).toBeGreaterThan(microsOfStamp(before.updated_at) ?? Number.NaN);
}

function expectCheckpoint(file: TaskFile, checkpoint: Checkpoint): void {
  expect(checkpoint.session_id).toBe(file.id);
  expect([file.iterations - 1, file.iterations - 2]).toContain(checkpoint.iteration);
  expect(checkpoint.messages.at(-1)?.content, 'ends at a complete round').toMatch(/^OBSERVATION:/);
}
