/**
 * Which definitions of tools a person trusts: `<workdir>/mcp-pins.json`, 0600. All that a server offers when it is met for
 * the first time is trusted, because a person has configured it; what changes or comes later waits for their word.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonical } from '../../domain/canonical.js';
import { RookeryError, sentenceOf } from '../../domain/errors.js';
import { sourceOf } from '../../domain/mcp.js';
import { codeOf } from '../../durable/failure.js';
import { withLock } from '../../durable/lock.js';
import { versionOf } from '../../durable/version.js';
import { writeDurably } from '../../durable/write.js';
import { sha256 } from './definition.js';
export function createPins(workdir) {
    const file = join(workdir, 'mcp-pins.json');
    let known;
    /** Another process may have written it: whoever trusts is not the worker. */
    function current() {
        const version = versionOf(file);
        if (known?.version !== version)
            known = { version, pins: readPins(file) };
        return known.pins;
    }
    async function put(server, definitions, onlyIfNew) {
        await withLock(`${file}.lock`, async () => {
            const pins = readPins(file);
            if (onlyIfNew && Object.hasOwn(pins, server.name))
                return;
            const servers = { ...pins, [server.name]: pinsFor(server, definitions) };
            await writeDurably(file, `${JSON.stringify({ servers }, null, 2)}\n`);
        });
    }
    return {
        meet: async (server, definitions) => {
            if (!Object.hasOwn(current(), server.name))
                await put(server, definitions, true);
        },
        trust: (server, definitions) => put(server, definitions, false),
        standing: (server, definition) => standingOf(current(), server, definition),
    };
}
// ---
const pinnedSchema = z.object({
    sha256: z.string(),
    description: z.string(),
    parameters: z.record(z.string(), z.unknown()),
});
const fileSchema = z.object({
    servers: z.record(z.string(), z.object({ source: z.string(), tools: z.record(z.string(), pinnedSchema) })),
});
function pinsFor(server, definitions) {
    const tools = definitions.map(({ name, hash, description, parameters }) => {
        const pinned = { sha256: hash, description, parameters };
        return [name, pinned];
    });
    // A command may hold a token.
    return { source: sha256(sourceOf(server)), tools: Object.fromEntries(tools) };
}
function standingOf(pins, server, definition) {
    const ofServer = Object.hasOwn(pins, server.name) ? pins[server.name] : undefined;
    const before = ofServer && Object.hasOwn(ofServer.tools, definition.name) ? ofServer.tools[definition.name] : undefined;
    if (!ofServer || !before)
        return { state: 'new' };
    if (before.sha256 === definition.hash)
        return { state: 'pinned' };
    const what = [
        ...(ofServer.source === sha256(sourceOf(server)) ? [] : ["the server's command or address"]),
        ...(before.description === definition.description ? [] : ['its description']),
        ...(canonical(before.parameters) === canonical(definition.parameters) ? [] : ['its arguments']),
    ];
    return { state: 'changed', what: what.length > 0 ? what : ['what is not shown of it'], before };
}
function readPins(file) {
    let text;
    try {
        text = readFileSync(file, 'utf8');
    }
    catch (error) {
        if (codeOf(error) === 'ENOENT')
            return {};
        throw broken(file, sentenceOf(error));
    }
    try {
        return fileSchema.parse(JSON.parse(text)).servers;
    }
    catch {
        throw broken(file, 'it is not what Rookery writes');
    }
}
function broken(file, why) {
    return new RookeryError('workdir', `The trusted MCP tools in ${file} cannot be read: ${why}`, {
        hint: 'Remove the file, look at `rookery mcp list`, and trust what you find with `rookery mcp trust NAME`',
    });
}
//# sourceMappingURL=pins.js.map