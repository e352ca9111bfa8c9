/** Projects a task onto its two files. Pure: the same task gives the same bytes, here and in a rebuild. */

import type { Mirrored } from '../domain/activity-calls.js';
import { type Message, settle } from '../domain/conversation.js';
import { DEFAULT_LIMITS, DEFAULT_SYSTEM_PROMPT } from '../domain/limits.js';
import type { TaskInput } from '../domain/protocol.js';
import { answerOf } from '../domain/result.js';
import { statusOf } from '../domain/task.js';
import { fileNameOf } from '../domain/task-id.js';
import { timestampOf } from '../domain/timestamp.js';
import {
  type Checkpoint,
  checkpointCompact,
  checkpointToWire,
  completeRounds,
  type TaskFile,
  toTextProtocol,
  toWire,
} from '../domain/wire.js';

export interface Projected {
  readonly id: string;
  readonly input: TaskInput;
  readonly record: Mirrored;
  readonly messages: readonly Message[];
}

/** The bytes of both files; `checkpoint` is null when there must be no checkpoint file. */
export function project(task: Projected): { task: string; checkpoint: string | null } {
  const files = projectFiles(task);
  const checkpoint = files.checkpoint && checkpointToWire(files.checkpoint);
  return { task: toWire(files.task, task.input.extra), checkpoint };
}

/** The content of both files, without the fields of the task's file that only other programs know. */
export function projectFiles(task: Projected): { task: TaskFile; checkpoint: Checkpoint | null } {
  const checkpoint = checkpointOf(task);
  return { task: toFile(task, checkpoint && checkpointCompact(checkpoint)), checkpoint };
}

/** The file of a task that was submitted and not started. */
export function pendingFile(id: string, input: TaskInput, createdAt: string): TaskFile {
  return {
    id,
    prompt: input.prompt,
    system_prompt: input.system_prompt ?? DEFAULT_SYSTEM_PROMPT,
    status: 'Pending',
    result: null,
    error: null,
    created_at: createdAt,
    updated_at: createdAt,
    iterations: 0,
    provider: null,
    model: null,
    checkpoint: null,
  };
}

// ---

function toFile({ id, input, record, messages }: Projected, checkpoint: string | null): TaskFile {
  const { state } = record;
  return {
    ...pendingFile(id, input, input.created_at ?? timestampOf(record.created_at ?? record.updated_at)),
    status: statusOf(state),
    result: state.kind === 'completed' ? answerOf(messages) : null,
    error: state.kind === 'failed' ? state.error : null,
    updated_at: timestampOf(record.updated_at),
    iterations: record.iterations,
    provider: providerOf(input, record),
    model: modelOf(input, record),
    checkpoint,
  };
}

function checkpointOf({ id, input, record, messages }: Projected): Checkpoint | null {
  if (record.state.kind !== 'running') return null;
  const rounds = completeRounds(settle(messages, []), record.iterations);
  if (rounds.iteration < 0) return null;
  return {
    session_id: fileNameOf(id),
    iteration: rounds.iteration,
    max_iterations: input.limits?.max_iterations ?? DEFAULT_LIMITS.max_iterations,
    messages: toTextProtocol(rounds.messages),
    initial_prompt: input.prompt,
    system_prompt: input.system_prompt ?? DEFAULT_SYSTEM_PROMPT,
    provider: providerOf(input, record) ?? '',
    model: modelOf(input, record) ?? '',
    enable_tools: true,
    last_checkpoint: timestampOf(record.updated_at),
  };
}

function providerOf(input: TaskInput, { provider = input.provider ?? null }: Mirrored): string | null {
  return provider;
}

function modelOf(input: TaskInput, { model = input.model ?? null }: Mirrored): string | null {
  return model;
}
