/**
 * All tools there are, and the two ways in which the model meets one: the spec it is told, and the parsing of what it
 * sends. Decides nothing about who may use them.
 */
import { z } from 'zod';
import { editFile } from './edit-file.js';
import { listFiles } from './list-files.js';
import { readFile } from './read-file.js';
import { createSearchFiles } from './search-files.js';
import { createShell } from './shell.js';
import { createWebFetch } from './web-fetch.js';
import { createWebSearch } from './web-search.js';
import { writeFile } from './write-file.js';
/** By name, in the order in which the model is told. */
export function createTools(options) {
    const search = createWebSearch(options.webSearch ?? {}, options.fetch);
    const web = [createWebFetch(options.fetch), ...(search ? [search] : [])];
    const files = [readFile, listFiles, createSearchFiles(options.env), writeFile, editFile];
    const tools = [...files, createShell(options), ...web];
    return new Map(tools.map((tool) => [tool.name, tool]));
}
/** Made once for each tool: it is asked for with every iteration. */
export function toSpec(tool) {
    let spec = specs.get(tool);
    if (!spec) {
        spec = { name: tool.name, description: tool.description, parameters: parametersOf(tool) };
        specs.set(tool, spec);
    }
    return spec;
}
/** `problem` is for the model: what is wrong, what was given, what is allowed. */
export function parseArgs(tool, args) {
    const given = withoutNulls(args);
    const result = tool.input.safeParse(given);
    if (result.success)
        return { ok: true, args: result.data };
    const problems = result.error.issues.slice(0, 5).map((issue) => describe(issue, given));
    return { ok: false, problem: `The arguments of ${tool.name} are wrong: ${problems.join('; ')}. ${allowed(tool)}` };
}
// ---
const specs = new WeakMap();
function parametersOf(tool) {
    if (tool.parameters)
        return tool.parameters;
    const { $schema: _, ...parameters } = z.toJSONSchema(tool.input);
    return parameters;
}
/** Many models write null for what they leave out. */
function withoutNulls(args) {
    if (typeof args !== 'object' || args === null || Array.isArray(args))
        return args;
    return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}
function describe(issue, args) {
    if (issue.code === 'unrecognized_keys')
        return `there is no ${issue.keys.map(short).join(', ')}`;
    const where = issue.path.join('.') || 'the arguments';
    const given = issue.path.reduce((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), args);
    return given === undefined ? `${where} is missing` : `${where}: ${issue.message} (given ${short(given)})`;
}
function short(value) {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
function allowed(tool) {
    const { properties = {}, required = [] } = parametersOf(tool);
    const names = Object.keys(properties).map((name) => (required.includes(name) ? name : `${name} (optional)`));
    return `Allowed: ${names.join(', ')}.`;
}
//# sourceMappingURL=catalogue.js.map