/**
 * Has the calls that wait for approval judged again when the policy of this host has changed: when a worker starts with
 * other settings than the one before, and while it runs, when a rule is remembered or forgotten.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sentenceOf } from '../domain/errors.js';
import { openTasksOf } from '../domain/visibility-queries.js';
import { replaceTextFile } from '../files/atomic-write.js';
import { versionOf } from '../files/errors.js';
import type { Online } from '../manager/context.js';
import { judgeAgain } from '../manager/judge-again.js';

const LOOK_INTERVAL_MS = 1_000;
/** A task that began to wait just before the change is listed by then. */
const LATE_LIST_MS = 3_000;

export interface PolicyWatch extends Online {
  readonly announce: (line: string) => void;
  readonly agentTypes: readonly string[];
  /** What decides beside the remembered rules. */
  readonly policy: unknown;
}

export function watchPolicy(context: PolicyWatch): { stop(): void } {
  const { paths, announce } = context;
  let judged = textOf(paths.judged);
  let version: string | undefined;
  let isLooking = false;
  let isTold = false;
  let isStopped = false;
  const look = async (): Promise<void> => {
    const seen = versionOf(paths.policy);
    if (isLooking || seen === version) return;
    isLooking = true;
    try {
      const now = fingerprint(context);
      if (now !== judged) {
        await judge();
        judged = now;
        await replaceTextFile(paths.judged, now, { sync: false }).catch(() => undefined);
      }
      version = seen;
      isTold = false;
    } catch (error) {
      // The next look tries again.
      if (!isTold && !isStopped)
        announce(`waiting calls could not be judged by the changed policy: ${sentenceOf(error)}`);
      isTold = true;
    } finally {
      isLooking = false;
    }
  };
  const late = new Set<NodeJS.Timeout>();
  const judge = async (): Promise<void> => {
    const query = openTasksOf(context.taskQueue, context.agentTypes);
    await judgeAgain(context, query);
    const again = setTimeout(() => {
      late.delete(again);
      void judgeAgain(context, query).catch(() => undefined);
    }, LATE_LIST_MS);
    late.add(again);
  };
  void look();
  const timer = setInterval(() => void look(), LOOK_INTERVAL_MS);
  return {
    stop() {
      isStopped = true;
      clearInterval(timer);
      for (const again of late) clearTimeout(again);
    },
  };
}

// ---

/** Of the whole policy: the same for the same rules, whenever they were written. */
function fingerprint({ paths, policy }: PolicyWatch): string {
  return createHash('sha256')
    .update(JSON.stringify([policy, textOf(paths.policy) ?? null]))
    .digest('hex');
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
