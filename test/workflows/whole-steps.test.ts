/** A query that waited for a worker brings no part of a step into the workflow. */
import type { WorkflowInternalsInterceptor } from '@temporalio/workflow';
import { describe, expect, test } from 'vitest';
import { ASK_AGAIN } from '../../src/domain/protocol.js';
import { type HistoryPlace, wholeSteps } from '../../workflows/whole-steps.js';

type Activate = NonNullable<WorkflowInternalsInterceptor['activate']>;
type Jobs = Parameters<Activate>[0]['activation']['jobs'];

const SIGNAL = { signalWorkflow: { signalName: 'raise' } };
const RESULT = { resolveActivity: { seq: 1 } };
const QUERY = { queryWorkflow: { queryType: 'status' } };

/** A workflow at the start of its second step. */
function workflow() {
  let place: HistoryPlace = { now: 1_000, historyLength: 10, historySize: 2_000 };
  const { activate } = wholeSteps(() => place) as { activate: Activate };
  return (jobs: Jobs, change: Partial<HistoryPlace> = {}): unknown[] => {
    place = { ...place, ...change };
    const applied: unknown[] = [];
    activate(
      { activation: { jobs }, batchIndex: 0 },
      ({ activation }) => void applied.push(...(activation.jobs ?? [])),
    );
    return applied;
  };
}

describe('applied is', () => {
  test('a workflow task that has begun: its time and its size are others', () => {
    expect(workflow()([SIGNAL, RESULT], { now: 1_001, historyLength: 14, historySize: 2_400 })).toEqual([
      SIGNAL,
      RESULT,
    ]);
  });

  test('what the SDK itself adds to a step', () => {
    const step = workflow();
    step([SIGNAL], { now: 1_001, historyLength: 14, historySize: 2_400 });
    expect(step([RESULT])).toEqual([RESULT]);
  });

  test('a query, at any place', () => {
    expect(workflow()([QUERY], { historyLength: 14 })).toEqual([QUERY]);
  });
});

test('events of a workflow task that has not begun are not applied, however often they come', () => {
  const step = workflow();
  for (const historyLength of [12, 13]) expect(() => step([SIGNAL], { historyLength })).toThrow(ASK_AGAIN);
});
