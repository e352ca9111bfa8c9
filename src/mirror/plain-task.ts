/**
 * A task file in the layout that RavenClaws and this program write, a field on each line: read several times as fast as
 * any JSON, because no line feed of such a text is inside a value. Pure.
 */
import { STATUSES } from '../domain/task.js';
import { FILE_FIELDS, type TaskFile } from '../domain/wire.js';

/**
 * The fields as they stand in the file; `id` is the name that the file has. @returns undefined for any other text, which
 * may be a task all the same
 */
export function readPlainTask(text: string): TaskFile | undefined {
  if (!text.startsWith(START)) return undefined;
  let at = START.length;
  const fields: Record<string, unknown> = {};
  for (const { name, prefix, end, isWanted } of LINES) {
    const from = at + prefix.length;
    const stop = text.indexOf('\n', from) - end.length;
    if (stop < from || !text.startsWith(prefix, at) || !text.startsWith(end, stop)) return undefined;
    const value = parsed(text.slice(from, stop));
    if (!isWanted(value)) return undefined;
    fields[name] = value;
    at = stop + end.length + 1;
  }
  return at === text.length - 1 && text.endsWith('}') ? (fields as unknown as TaskFile) : undefined;
}

/**
 * The same text on one line, without its closing brace: a JSON object that may get more fields. Changes the bytes in
 * their place.
 */
export function openedLine(bytes: Buffer): Buffer {
  const [feed, space] = [0x0a, 0x20];
  for (let at = bytes.indexOf(feed); at >= 0; at = bytes.indexOf(feed, at + 1)) bytes[at] = space;
  return bytes.subarray(0, -1);
}

// ---

const START = '{\n';

interface Line {
  readonly name: keyof TaskFile;
  readonly prefix: string;
  /** Behind the value. */
  readonly end: ',' | '';
  readonly isWanted: (value: unknown) => boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.isWellFormed();
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const WANTED: Partial<Record<keyof TaskFile, Line['isWanted']>> = {
  status: (value) => STATUSES.some((status) => status === value),
  iterations: (value) => Number.isSafeInteger(value),
  result: isTextOrNull,
  error: isTextOrNull,
  provider: isTextOrNull,
  model: isTextOrNull,
  checkpoint: isTextOrNull,
};

const LINES: readonly Line[] = FILE_FIELDS.map((name, n) => ({
  name,
  prefix: `  "${name}": `,
  end: n === FILE_FIELDS.length - 1 ? '' : ',',
  isWanted: WANTED[name] ?? isText,
}));

/** @returns undefined for a value in another spelling than ours, and for what is no single value */
function parsed(json: string): unknown {
  if (json === 'null') return null;
  if (!json.startsWith('"')) return /^(?:0|[1-9]\d{0,15})$/.test(json) ? Number(json) : undefined;
  if (!json.endsWith('"')) return undefined;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
