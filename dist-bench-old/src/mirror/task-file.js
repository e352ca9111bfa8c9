/** The text of a task file, read as RavenClaws' loader reads it. Pure; throws an error whose message says what is wrong. */
import { isSafeId } from '../domain/id.js';
import { fieldsOf, stringOf } from '../domain/json-text.js';
import { STATUSES } from '../domain/task.js';
import { FILE_FIELDS } from '../domain/wire.js';
import { Fields, short } from './fields.js';
/** `id`: what the name of the file says. */
export function parseTask(text, id) {
    const fields = Fields.ofText(text, FILE_FIELDS);
    const iterations = fields.whole('iterations');
    const task = {
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
    if (!isSafeId(task.id))
        throw new Error(`its id ${short(JSON.stringify(task.id))} is no safe file name`);
    if (task.id !== id)
        throw new Error(`its id ${task.id} differs from its file name`);
    const inexact = Number.isSafeInteger(task.iterations) ? [] : [['iterations', iterations]];
    return { task, extra: [...fields.extra, ...inexact] };
}
// ---
/** `"Running"`, or `{"Running": null}`: serde takes both. */
function statusOf(fields) {
    const json = fields.json('status');
    const [only, ...more] = fieldsOf(json) ?? [[json, 'null']];
    const status = STATUSES.find((name) => only && name === stringOf(only[0]));
    if (status && only?.[1] === 'null' && more.length === 0)
        return status;
    throw new Error(`'status' must be one of ${STATUSES.join(', ')}, not ${short(json)}`);
}
//# sourceMappingURL=task-file.js.map