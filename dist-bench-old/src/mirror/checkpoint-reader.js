import { sentenceOf } from '../domain/errors.js';
import { CHECKPOINT_FIELDS } from '../domain/wire.js';
import { Fields, short } from './fields.js';
import { readText } from './read-text.js';
/** Its `session_id` is not compared with the name of the file: RavenClaws does not do so either. */
export async function readCheckpoint(paths, id) {
    try {
        const text = await readText(paths.checkpoint(id));
        return text === undefined ? { kind: 'absent' } : { kind: 'checkpoint', checkpoint: parseCheckpoint(text) };
    }
    catch (error) {
        return { kind: 'broken', reason: sentenceOf(error) };
    }
}
// ---
function parseCheckpoint(text) {
    const fields = Fields.ofText(text, CHECKPOINT_FIELDS);
    return {
        session_id: fields.text('session_id'),
        iteration: Number(fields.whole('iteration')),
        max_iterations: Number(fields.whole('max_iterations')),
        messages: fields.list('messages').map((json, i) => within(`message ${i + 1}`, () => messageOf(json))),
        initial_prompt: fields.text('initial_prompt'),
        system_prompt: fields.text('system_prompt'),
        provider: fields.text('provider'),
        model: fields.text('model'),
        enable_tools: fields.flag('enable_tools'),
        last_checkpoint: fields.text('last_checkpoint'),
    };
}
function messageOf(json) {
    const fields = Fields.of(json, ['role', 'content', 'content_parts']);
    const message = { role: fields.text('role'), content: fields.text('content') };
    if (fields.raw('content_parts') === undefined)
        return message;
    return { ...message, content_parts: fields.list('content_parts').map(partOf) };
}
/** A union without a tag: the text form is tried first, then the image. */
function partOf(json) {
    const text = attempt(() => Fields.of(json, ['text']).text('text'));
    if (text !== undefined)
        return { text };
    const url = attempt(() => Fields.of(Fields.of(json, ['image_url']).raw('image_url') ?? 'null', ['url']).text('url'));
    if (url !== undefined)
        return { image_url: { url } };
    throw new Error(`${short(json)} is neither a text part nor an image part`);
}
function attempt(read) {
    try {
        return read();
    }
    catch {
        return undefined;
    }
}
function within(place, read) {
    try {
        return read();
    }
    catch (error) {
        throw new Error(`${place}: ${sentenceOf(error)}`);
    }
}
//# sourceMappingURL=checkpoint-reader.js.map