/**
 * The entry point for user tools: modules of the user, in JavaScript or TypeScript. Everything that is wrong with one
 * is said here, before a task depends on it. What a module does when it is loaded is its author's business: only files
 * that the user has named come here.
 */
import { statSync } from 'node:fs';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { ALIASES, GROUPS } from '../domain/tool.js';
import { isBuiltin } from './builtin-tools.js';
import { toSpec } from './catalogue.js';
import { isTool, type Tool } from './tool.js';
import { loadModule } from './user-module.js';

/** All tools of all files, in the order of the files. Absolute paths. Throws RookeryError 'usage'. */
export async function loadTools(files: readonly string[]): Promise<Tool[]> {
  const tools = new Map<string, { readonly tool: Tool; readonly file: string }>();
  for (const file of new Set(files)) {
    for (const tool of await toolsIn(file)) {
      const problem = problemOf(tool, tools.get(tool.name)?.file);
      if (problem !== undefined) throw wrong(`The tool '${tool.name}' of ${file} ${problem}`, 'Give it another name.');
      checkInput(tool, file);
      tools.set(tool.name, { tool, file });
    }
  }
  return [...tools.values()].map(({ tool }) => tool);
}

// ---

async function toolsIn(file: string): Promise<Tool[]> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw wrong(`There is no tools file ${file}`);
  const exported = Object.values(Object(await load(file)) as Record<string, unknown>);
  // The same tool may be exported by its name and in the default array.
  const tools = [...new Set(exported.flat().filter(isTool))];
  if (tools.length > 0) return tools;
  throw wrong(`The tools file ${file} exports no tool`, "Export the result of defineTool of 'rookery'.");
}

async function load(file: string): Promise<unknown> {
  try {
    return await loadModule(file);
  } catch (error) {
    throw wrong(`The tools file ${file} cannot be loaded: ${reasonOf(error)}`, 'Correct it, or leave it out.', error);
  }
}

/** A syntax error names its place in the second line. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const [, what, where] = /^ParseError: (.*?)\s*\n (\S.*)/.exec(message) ?? [];
  return what === undefined ? sentenceOf(error) : `${what} at ${where}`;
}

function problemOf({ name }: Tool, other: string | undefined): string | undefined {
  if (other !== undefined) return `has the name of one of ${other}`;
  if (isBuiltin(name)) return 'has the name of a tool that comes with Rookery';
  if (Object.hasOwn(ALIASES, name)) return `has a name that is an alias of '${ALIASES[name]}'`;
  if (GROUPS.includes(name)) return 'has a name that means something else in --allow';
  return name.includes('__') ? 'has a name with __, as only tools of MCP servers have' : undefined;
}

/** The model must be told what it may send. */
function checkInput(tool: Tool, file: string): void {
  let type: unknown;
  try {
    type = toSpec(tool).parameters.type;
  } catch (error) {
    throw wrong(
      `The input of the tool '${tool.name}' of ${file} has no JSON Schema: ${sentenceOf(error)}`,
      HINT,
      error,
    );
  }
  if (type !== 'object') throw wrong(`The input of the tool '${tool.name}' of ${file} is not an object`, HINT);
}

const HINT = 'Use z.strictObject with plain types, or give `parameters`.';

function wrong(message: string, hint?: string, cause?: unknown): RookeryError {
  return new RookeryError('usage', message, { ...(hint === undefined ? {} : { hint }), cause });
}
