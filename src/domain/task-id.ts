/**
 * Task ids and the names of their files. A task id is the id of its workflow. Its files carry a safe form of it, which
 * gives the id back: so no table of names exists that could be lost.
 */

/** Names that are their own safe form: all ids of RavenClaws among them. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Endings that other programs and our own temporary files give a meaning. */
const ENDING = /\.(?=(?:json|tmp)$)/i;
/** What no id may hold: separators of paths, control and format characters, line separators, lone surrogates. */
const REFUSED = /[/\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Leaves room for our own endings in the 255 bytes of a file name. */
const MAX_NAME = 240;
/** How the scope of a schedule's signature begins. No id begins so: a scope says what it covers. */
export const SCHEDULE_SCOPE = 'schedule:';
/** How the scope of an agent's signature begins: with a character that no id holds. */
const AGENT_SCOPE = 'agent/';
/** For the person whose id was refused. */
export const ID_RULE =
  'Use a UUID, or a name of at most 240 characters without slashes, control characters and "schedule:" in front';

/**
 * An id that a task may have. Refused: the empty one, `.` and `..`, one with a slash, a backslash or an invisible
 * character, one that looks like the scope of a schedule, and one whose file name would be longer than 240 characters.
 */
export function isTaskId(id: string): boolean {
  if (id === '' || id === '.' || id === '..' || id.startsWith(SCHEDULE_SCOPE) || REFUSED.test(id)) return false;
  return fileNameOf(id).length <= MAX_NAME;
}

/**
 * The name of a task's files, without `.json`: the id itself where that is a plain name, else the percent-encoded UTF-8
 * of all characters but letters, digits, `.`, `_` and `-`. A first character that is no letter or digit is encoded too,
 * and the dot of an ending `.json` or `.tmp`. Different ids have different names.
 */
export function fileNameOf(id: string): string {
  if (PLAIN.test(id) && !ENDING.test(id)) return id;
  return encodeURIComponent(id.toWellFormed())
    .replace(/^[._-]|[!'()*~]/g, percentOf)
    .replace(ENDING, percentOf);
}

/** @returns the id whose files have this name; undefined when it is not the name of a task's files */
export function idOfFileName(name: string): string | undefined {
  try {
    const id = decodeURIComponent(name);
    return isTaskId(id) && fileNameOf(id) === name ? id : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The scope of a signature for the agent of a workflow that is no `backgroundTask`: it starts no task of the same id, so
 * what the history of that workflow holds cannot begin a second time.
 */
export function agentScope(workflowId: string): string {
  return AGENT_SCOPE + workflowId;
}

/** For tables and commands: it has no character that a shell treats specially. */
export function shortId(id: string): string {
  return fileNameOf(id).slice(0, 8);
}

/** The first line of a prompt, cut to `max` code points. */
export function firstLine(text: string, max = 80): string {
  const started = text.trimStart();
  const end = started.indexOf('\n');
  const whole = (end < 0 ? started : started.slice(0, end)).trimEnd();
  if (whole.length <= max) return whole;
  // A code point is at most two units: text after this makes no difference, and prompts may be long.
  const first = whole.slice(0, 2 * max + 2);
  if (!SURROGATE.test(first)) return `${first.slice(0, max - 1)}…`;
  const line = [...first];
  return line.length > max ? `${line.slice(0, max - 1).join('')}…` : line.join('');
}

// ---

const SURROGATE = /[\ud800-\udfff]/;

function percentOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
