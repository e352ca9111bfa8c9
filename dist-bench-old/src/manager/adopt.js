/**
 * The input with which a file of another program goes on here: its prompt, its messages, its provider and model; endpoint,
 * tools, workspace and limits of who resumes it. Reads; starts nothing.
 */
import { adopt } from '../domain/adoption.js';
import { inputBytes } from '../domain/carry.js';
import { RookeryError } from '../domain/errors.js';
import { FIXED } from '../domain/limits.js';
import { PROVIDERS } from '../domain/provider.js';
import { readCheckpoint } from '../mirror/checkpoint-reader.js';
import { signedInput } from './submit.js';
export async function adoption(context, foreign, adopter) {
    const { id, prompt, system_prompt, created_at } = foreign.task;
    const given = (await adopter?.(foreign.task)) ?? {};
    const settings = given.provider === undefined ? { ...given, ...keptModel(foreign.task) } : given;
    const { adopted, from } = await beginningOf(context, id);
    const extra = foreign.extra.length > 0 ? { extra: foreign.extra } : {};
    const input = signedInput(context, id, {
        ...settings,
        prompt,
        system_prompt,
        created_at,
        ...extra,
        ...(adopted ? { adopted } : {}),
    });
    const bytes = inputBytes(input);
    if (bytes > FIXED.inputBytes) {
        throw new RookeryError('bad_input', `Task '${id}' cannot be adopted: prompt and checkpoint are ${bytes} bytes, more than ${FIXED.inputBytes}`);
    }
    return { input, from };
}
/** Names of the other program for what is spoken like LiteLLM. */
const LIKE_LITELLM = new Set(['openai-compatible', 'vllm', 'sglang']);
/** Ours for the provider that a file names; throws `usage` where there is none. */
export function keptProvider(name) {
    const known = PROVIDERS.find((provider) => provider === (LIKE_LITELLM.has(name) ? 'litellm' : name));
    if (known)
        return known;
    throw new RookeryError('usage', `It ran on '${name}', which is not a provider here; it is left as it is`, {
        hint: 'Choose one with --provider',
    });
}
// ---
function keptModel({ provider, model }) {
    if (provider === null)
        return {};
    return { provider: keptProvider(provider), ...(model === null ? {} : { model }) };
}
/** As in the other program, a checkpoint that cannot be read means a fresh start; the file is kept until ours replaces it. */
async function beginningOf({ paths }, id) {
    const read = await readCheckpoint(paths, id);
    if (read.kind === 'broken')
        return { from: `its prompt, because its checkpoint cannot be read: ${read.reason}` };
    if (read.kind === 'absent' || read.checkpoint.messages.length === 0)
        return { from: 'its prompt' };
    const adopted = adopt(read.checkpoint);
    return { adopted, from: `its checkpoint at iteration ${adopted.iterations}` };
}
//# sourceMappingURL=adopt.js.map