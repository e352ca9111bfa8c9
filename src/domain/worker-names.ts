/**
 * The names under which a task finds its workers: the queue of its host, and the types of its activities. Pure; the
 * workflow sandbox imports it.
 */

/** The name of one host: of its workspace, claims and files. */
export const HOST_NAME = /^rookery@[A-Za-z0-9._-]{1,64}$/;

/**
 * The queue of one host, for tasks of `taskQueue`: so plugins of several queues may share a host. On the default queue
 * it is the host's name.
 */
export function hostQueueOf(taskQueue: string, host: string): string {
  const name = String(host);
  return `${taskQueue}@${name.slice(name.indexOf('@') + 1)}`;
}

/** A worker may have other activities that are named as ours. */
export const ACTIVITY_PREFIX = 'rookery.';

/** Whether the type of an activity is one of ours, also without the prefix. */
export function isOwnActivity(type: string | null | undefined): boolean {
  return type?.startsWith(ACTIVITY_PREFIX) === true || PLAIN_NAMES.has(type ?? '');
}

export type Prefixed<T> = { [Name in keyof T & string as `${typeof ACTIVITY_PREFIX}${Name}`]: T[Name] };

export function prefixed<T extends object>(activities: T): Prefixed<T> {
  const entries = Object.entries(activities).map(([name, activity]) => [`${ACTIVITY_PREFIX}${name}`, activity]);
  return Object.fromEntries(entries) as Prefixed<T>;
}

/** @returns the name without the prefix, which runs that an older version began do not have */
export function activityNameOf(type: string | null | undefined): string {
  return type?.startsWith(ACTIVITY_PREFIX) ? type.slice(ACTIVITY_PREFIX.length) : (type ?? '');
}

// ---

/** Of runs that an older version began. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(['iterate', 'runTool', 'mirror', 'signTask']);
