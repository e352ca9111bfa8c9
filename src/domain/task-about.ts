/**
 * What a person calls a task and where it works: name, group, labels and workspace. From the signed input into the memo
 * and a sidecar of the files, so that a list needs no request for each task. Pure; the workflow sandbox imports it.
 */
import type { TaskInput } from './protocol.js';

/** Absent: none was given. */
export interface TaskAbout {
  readonly name?: string;
  readonly group?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Absolute path on the host that has the files. */
  readonly workspace?: string;
}

/** Of the status object. */
export interface AboutDetail {
  readonly name: string | null;
  readonly group: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly workspace: string | null;
}

export const MOST_LABELS = 32;
export const NAME_RULE = 'one line of 1 to 80 characters, without spaces around it, slashes and control characters';
export const LABEL_RULE =
  'a key of 1 to 63 letters, digits, `.`, `_`, `-` or `/`, and a value of at most 200 characters';

/** A name may stand where an id may: so it has no slash and nothing invisible. */
export function isName(text: string): boolean {
  return text !== '' && text === text.trim() && [...text].length <= 80 && !REFUSED.test(text);
}

export function isLabel(key: string, value: unknown): boolean {
  return LABEL_KEY.test(key) && typeof value === 'string' && value.length <= 200 && !INVISIBLE.test(value);
}

/** Of an input, or of what was made from one: only the fields that are there. */
export function aboutOf({ name, group, labels, workspace }: Pick<TaskInput, keyof TaskAbout>): TaskAbout {
  return {
    ...(name === undefined ? {} : { name }),
    ...(group === undefined ? {} : { group }),
    ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels }),
    ...(workspace === undefined ? {} : { workspace }),
  };
}

/** Reads what any program may have written; what is not as we write it is not there. */
export function readAbout(value: unknown): TaskAbout {
  const { name, group, labels, workspace } = Object(value) as Readonly<Record<keyof TaskAbout, unknown>>;
  const known = Object.entries(Object(labels) as object).filter((label): label is [string, string] =>
    isLabel(...label),
  );
  return aboutOf({
    ...(typeof name === 'string' && isName(name) ? { name } : {}),
    ...(typeof group === 'string' && isName(group) ? { group } : {}),
    labels: Object.fromEntries(known.slice(0, MOST_LABELS)),
    ...(typeof workspace === 'string' && workspace.startsWith('/') ? { workspace } : {}),
  });
}

export function aboutDetail({ name, group, labels, workspace }: TaskAbout): AboutDetail {
  return { name: name ?? null, group: group ?? null, labels: labels ?? {}, workspace: workspace ?? null };
}

// ---

const REFUSED = /[/\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const LABEL_KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;
