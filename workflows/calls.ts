/**
 * Answers the calls of the last reply that are not inline: refusals at once, safe tools side by side, unsafe ones one
 * after another. After a lost worker a call is scheduled again; the claim on its host decides what that means.
 */
import { isCancellation } from '@temporalio/workflow';
import { toMessage } from '../src/domain/conversation.js';
import { FAILURES, type JudgedCall } from '../src/domain/protocol.js';
import type { Observation } from '../src/domain/tool.js';
import { runSafeTool, runUnsafeTool } from './activities.js';
import type { Dispatch } from './dispatch.js';
import { failureType, troubleOf } from './failures.js';
import type { Run } from './run.js';

/** Undefined: there is nothing to wait for. */
export function answerCalls(run: Run, dispatch: Dispatch): Promise<unknown> | undefined {
  const pending = run.pending();
  for (const { call, reason } of pending.filter(({ verdict }) => verdict === 'refuse')) {
    run.add({ role: 'tool', call, outcome: 'refused', content: reason ?? 'Refused.' });
  }
  const toRun = pending.filter(({ verdict, placement }) => verdict === 'run' && placement === 'activity');
  if (toRun.length === 0) return undefined;
  const safe = toRun.filter(({ replay }) => replay === 'safe').map((call) => answer(run, dispatch, call));
  const unsafe = (async () => {
    for (const call of toRun.filter(({ replay }) => replay === 'unsafe')) await answer(run, dispatch, call);
  })();
  return Promise.all([...safe, unsafe]);
}

// ---

async function answer(run: Run, dispatch: Dispatch, judged: JudgedCall): Promise<void> {
  run.show('tool', judged.summary ?? null);
  const activity = judged.replay === 'safe' ? runSafeTool : runUnsafeTool;
  for (;;) {
    try {
      const { observation } = await dispatch.send(({ base, groups, queue }) =>
        activity.executeWithOptions({ taskQueue: queue, summary: judged.summary }, [
          { ...base, call: judged.call },
          ...groups,
        ]),
      );
      return run.add(toMessage(observation));
    } catch (error) {
      if (isCancellation(error)) throw error;
      const type = failureType(error);
      if (type === undefined) throw error;
      if (troubleOf(error).kind !== 'lost') return run.add(toMessage(broken(judged, error, type)));
      dispatch.forget();
    }
  }
}

function broken({ call }: JudgedCall, error: unknown, type: string): Observation {
  const what = type === FAILURES.refused ? 'The worker refused to run this call.' : troubleText(error);
  return { call, outcome: 'unknown', content: `Outcome unknown: ${what}` };
}

function troubleText(error: unknown): string {
  const trouble = troubleOf(error);
  return 'reason' in trouble ? trouble.reason : 'the tool could not be run.';
}
