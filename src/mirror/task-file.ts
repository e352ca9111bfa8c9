/** The text of a task file, read as RavenClaws' loader reads it. Pure; throws an error whose message says what is wrong. */

import { type RawFields, rawFieldsOf, stringOf } from '../domain/json-text.js';
import { STATUSES, type Status } from '../domain/task.js';
import { idOfFileName } from '../domain/task-id.js';
import { FILE_FIELDS, type TaskFile } from '../domain/wire.js';
import { readPlainTask } from './plain-task.js';
import { Fields, short } from './serde-json.js';

export interface ParsedTask {
  readonly task: TaskFile;
  /** What a rewrite must preserve: unknown fields, and an iteration count that a double cannot hold. */
  readonly extra: RawFields;
  /** The file has the layout of `readPlainTask`. */
  readonly isPlain?: true;
}

/** `fileName`: without `.json`. The task has the id that it stands for. */
export function parseTask(text: string, fileName: string): ParsedTask {
  const { task, ...others } = plainTask(text) ?? anyTask(text);
  const name = task.id;
  const id = idOfFileName(name);
  if (id === undefined) throw new Error(`its id ${short(JSON.stringify(name))} is not a safe file name`);
  if (name !== fileName) throw new Error(`its id ${name} differs from its file name`);
  return { task: id === name ? task : { ...task, id }, ...others };
}

// ---

function plainTask(text: string): ParsedTask | undefined {
  const task = readPlainTask(text);
  return task && { task, extra: [], isPlain: true };
}

/** The id is the name that the file has. */
function anyTask(text: string): ParsedTask {
  const fields = Fields.ofText(text, FILE_FIELDS);
  const iterations = fields.whole('iterations');
  const task: TaskFile = {
    id: fields.text('id'),
    prompt: fields.text('prompt'),
    system_prompt: fields.text('system_prompt'),
    status: statusOf(fields),
    result: fields.optionalText('result'),
    error: fields.optionalText('error'),
    created_at: fields.text('created_at'),
    updated_at: fields.text('updated_at'),
    iterations: Number(iterations),
    provider: fields.optionalText('provider'),
    model: fields.optionalText('model'),
    checkpoint: fields.optionalText('checkpoint'),
  };
  const inexact: RawFields = Number.isSafeInteger(task.iterations) ? [] : [['iterations', iterations]];
  return { task, extra: [...fields.extra, ...inexact] };
}

/** `"Running"`, or `{"Running": null}`: serde takes both. */
function statusOf(fields: Fields): Status {
  const json = fields.json('status');
  const [only, ...more] = rawFieldsOf(json) ?? [[json, 'null']];
  const status = STATUSES.find((name) => only && name === stringOf(only[0]));
  if (status && only?.[1] === 'null' && more.length === 0) return status;
  throw new Error(`'status' must be one of ${STATUSES.join(', ')}, not ${short(json)}`);
}
