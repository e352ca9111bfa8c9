/**
 * The activities as the workflow calls them, and the sink calls to the worker that runs the workflow: those add no event
 * to history and may be lost.
 */
import { type ActivityOptions, patched, proxyActivities, proxySinks } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { WorkerSinks } from '../src/domain/protocol.js';
import type { Prefixed } from '../src/domain/worker-names.js';
import { type AgentOptions, activityOptionsOf, commandTimesOf } from './activity-options.js';

/** It computes MACs; a worker of the queue may have to start first. */
const signing: ActivityOptions = { startToCloseTimeout: '10 seconds', retry: { maximumInterval: '10 seconds' } };

export type TaskActivities = ReturnType<typeof prefixedActivities>;

/** Throws `TypeError` for wrong options. */
export function prefixedActivities(options: AgentOptions) {
  const { iterate, safeTool, unsafeTool, mirror } = activityOptionsOf(options);
  return {
    iterate: proxyActivities<Prefixed<Activities>>(iterate)['rookery.iterate'],
    runSafeTool: proxyActivities<Prefixed<Activities>>(safeTool)['rookery.runTool'],
    runUnsafeTool: proxyActivities<Prefixed<Activities>>(unsafeTool)['rookery.runTool'],
    mirror: proxyActivities<Prefixed<Activities>>(mirror)['rookery.mirror'],
    /** Of an unsafe call that is a command. */
    commandTimes: commandTimesOf(options),
  };
}

/** What a run does as the version did that began it. `writesMemo`: also with events of their own. */
export interface Edition {
  readonly activities: TaskActivities;
  readonly writesMemo: boolean;
}

/**
 * What is returned is called once, in the first step of a run: what it decides never changes, and one mark in the
 * history is enough. Throws `TypeError` for wrong options.
 */
export function editionOfRun(options: AgentOptions): () => Edition {
  const prefixed = prefixedActivities(options);
  const plain = plainActivities(options);
  return () => {
    const writesMemo = patched('memo');
    return { activities: writesMemo || arePrefixed() ? prefixed : plain, writesMemo };
  };
}

/** `taskQueue`: of a worker that has the plugin. Default: the queue of the calling workflow. */
export function signTaskOn(taskQueue: string | undefined): Activities['signTask'] {
  const options = taskQueue === undefined ? signing : { ...signing, taskQueue };
  return arePrefixed()
    ? proxyActivities<Prefixed<Activities>>(options)['rookery.signTask']
    : proxyActivities<Activities>(options).signTask;
}

/** For `runAgent`, which has no runs from before the prefix. */
export const signTaskHere = proxyActivities<Prefixed<Activities>>(signing)['rookery.signTask'];

/** Runs that began before the activities had a prefix take it as well: they never had it without one. */
export const verifyHere = proxyActivities<Prefixed<Activities>>(signing)['rookery.verifyControl'];

export const { rookery: worker } = proxySinks<WorkerSinks>();

// ---

/** Runs that began before the activities had a prefix keep the plain names. */
function plainActivities(options: AgentOptions): TaskActivities {
  const { iterate, safeTool, unsafeTool, mirror } = activityOptionsOf(options);
  return {
    iterate: proxyActivities<Activities>(iterate).iterate,
    runSafeTool: proxyActivities<Activities>(safeTool).runTool,
    runUnsafeTool: proxyActivities<Activities>(unsafeTool).runTool,
    mirror: proxyActivities<Activities>(mirror).mirror,
    commandTimes: commandTimesOf(options),
  };
}

/** False in runs that began before the activities had a prefix. */
function arePrefixed(): boolean {
  return patched('prefixed-activities');
}
