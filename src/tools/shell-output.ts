/**
 * Reads the output of a background command of this task since the last read, and how it ended. The same call gets the same
 * bytes again, so it may be repeated. Reads only what is on disk: the command may run in another worker, or may have run in
 * one that has died.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type BackgroundRecord, endSentence } from '../domain/background-command.js';
import { FIXED } from '../domain/limits.js';
import { stateOfCommand } from '../files/background-records.js';
import type { BackgroundCommands } from './background/commands.js';
import { findCommand, HANDLE } from './background/find-command.js';
import { printedText, readOutput } from './background/output-file.js';
import { type CommandEnd, commandOutcome } from './command-outcome.js';
import { failed } from './outcome.js';
import { defineTool, type Tool, type ToolContext, type ToolOutcome } from './tool.js';

/** Less than the activity of a safe tool has. */
const MAX_WAIT_SECONDS = 300;
const LOOK_MS = 300;

const input = z.strictObject({
  handle: HANDLE,
  wait_secs: z
    .int()
    .min(0)
    .max(MAX_WAIT_SECONDS)
    .optional()
    .describe(`Seconds to wait for the end of the command, 0 to ${MAX_WAIT_SECONDS}. Default 0.`),
});

type Args = z.infer<typeof input>;

export function createShellOutput(background: BackgroundCommands): Tool<Args> {
  return defineTool({
    name: 'shell_output',
    description:
      'Reads what a background command (shell with background: true) has printed since the last read, and how it ended. ' +
      'At most 64 KiB: beginning and end. Wait with wait_secs instead of calling it again and again.',
    input,
    effect: 'read',
    placement: 'activity',
    run: (args, context) => run(args, context, background),
    summary: ({ handle }) => handle,
  });
}

// ---

async function run({ handle, wait_secs = 0 }: Args, context: ToolContext, background: BackgroundCommands) {
  const find = () => findCommand(background.records, { task: context.task, handle });
  const until = performance.now() + wait_secs * 1000;
  for (;;) {
    const found = find();
    if (typeof found === 'string') return failed(found);
    if (stateOfCommand(found) !== 'running' || performance.now() >= until) return answer(found, context, background);
    await pause(LOOK_MS, undefined, { signal: context.signal }).catch(() => undefined);
    if (context.signal.aborted) return failed('Cancelled before it was done.');
  }
}

async function answer(
  record: BackgroundRecord,
  { task, call }: ToolContext,
  { records }: BackgroundCommands,
): Promise<ToolOutcome> {
  const last = records.position(task, record.call);
  const from = last?.by === call ? last.from : (last?.to ?? 0);
  const { text, to } = newText(records.outputPath(task, record.call), {
    from,
    isOver: stateOfCommand(record) !== 'running',
  });
  // On a full disk the next read begins here again.
  await records.setPosition(task, record.call, { by: call, from, to }).catch(() => undefined);
  return commandOutcome(text, endOf(record));
}

function newText(path: string, { from, isOver }: { from: number; isOver: boolean }): { text: string; to: number } {
  try {
    const printed = readOutput(path, from);
    const maxBytes = FIXED.toolOutputBytes - 2048;
    const { text, held } = printedText(printed, { isOver, maxBytes, hint: 'only beginning and end are shown' });
    return { text, to: printed.total - held };
  } catch {
    // It was interrupted before it could print.
    return { text: '', to: from };
  }
}

function endOf(record: BackgroundRecord): CommandEnd {
  const { end, at } = record;
  const sentence = endSentence(record, stateOfCommand(record));
  if (sentence === undefined) {
    return { problems: [], notes: [`still running, after ${Math.round((Date.now() - at) / 1000)} s`] };
  }
  if (!end) return { problems: [sentence], notes: [] };
  return { problems: end.problems, notes: [...end.notes, ...(end.problems.length > 0 ? [] : [sentence])] };
}
