/**
 * Gives a custom tool the guarantees of the built-in ones: an answer in time, of bounded size, and never an exception.
 * Its return values are checked each time; its side effects cannot be.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { sentenceOf } from '../domain/errors.js';
import { truncate } from '../domain/truncate.js';
import { failed } from './outcome.js';
import type { Tool, ToolContext, ToolOutcome } from './tool.js';

export interface GuardOptions {
  /** Default 10 min. */
  readonly deadlineMs?: number;
  /** Between its signal and the answer without it. Default 1 s: a cancel reaches every tool within three. */
  readonly graceMs?: number;
}

export function guarded(tool: Tool, options: GuardOptions = {}): Tool {
  return {
    ...tool,
    run: (args, context) => run(tool, { args, context, ...options }),
    ...(tool.probe ? { probe: (args: unknown, context: ToolContext) => probe(tool, args, context) } : {}),
    touches: (args) => {
      try {
        return tool.touches(args);
      } catch {
        // A tool that cannot say what it touches may touch everything.
        return { paths: ['/'] };
      }
    },
    summary: (args) => {
      try {
        return String(tool.summary(args));
      } catch {
        return tool.name;
      }
    },
  };
}

// ---

const DEADLINE_MS = 10 * 60_000;
const GRACE_MS = 1_000;

interface Running extends GuardOptions {
  readonly args: unknown;
  readonly context: ToolContext;
}

async function run(tool: Tool, { args, context, deadlineMs = DEADLINE_MS, graceMs = GRACE_MS }: Running) {
  const timeout = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([context.signal, timeout]);
  const finished = new AbortController();
  try {
    // In an async function: a synchronous throw counts as a rejection.
    const answer = (async () => checked(tool, await tool.run(args, { ...context, signal })))();
    const outcome = await Promise.race([answer, afterGrace(signal, graceMs, finished.signal)]);
    if (outcome) return outcome;
    const why = context.signal.aborted ? 'was cancelled' : `ran into its limit of ${deadlineMs / 1000} s`;
    return failed(`The tool '${tool.name}' ${why} and did not stop; it may still be running.`);
  } catch (error) {
    return failed(`The tool '${tool.name}' failed: ${sentenceOf(error)}.`);
  } finally {
    finished.abort();
  }
}

/** @returns undefined when the signal was aborted and the grace period has passed. */
async function afterGrace(signal: AbortSignal, graceMs: number, finished: AbortSignal): Promise<undefined> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: finished });
  });
  await pause(graceMs, undefined, { signal: finished }).catch(() => undefined);
}

/** A probe that fails tells nothing about the interrupted call. */
async function probe(tool: Tool, args: unknown, context: ToolContext): Promise<ToolOutcome | undefined> {
  try {
    const found = await tool.probe?.(args, context);
    const outcome = found && checked(tool, found);
    return outcome?.outcome === 'ok' ? outcome : undefined;
  } catch {
    return undefined;
  }
}

function checked(tool: Tool, answer: unknown): ToolOutcome {
  const { outcome, content, origin } = Object(answer) as Record<keyof ToolOutcome, unknown>;
  const isOriginValid = origin === undefined || typeof origin === 'string';
  if ((outcome !== 'ok' && outcome !== 'failed') || typeof content !== 'string' || !isOriginValid) {
    return failed(
      `The tool '${tool.name}' did not return a value of the form {outcome: 'ok' | 'failed', content: text}.`,
    );
  }
  return { outcome, content: truncate(content), ...(origin === undefined ? {} : { origin }) };
}
