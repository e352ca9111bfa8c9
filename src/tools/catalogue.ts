/**
 * The built-in tools of a worker, and the two ways in which the model meets any tool: the spec it is told, and the
 * parsing of what it sends. Decides nothing about who may use them.
 */
import { z } from 'zod';
import type { ToolSpec } from '../domain/tool.js';
import { normaliseParameters, restoreArguments } from '../domain/tool-schemas/normalise.js';
import { BUILTIN_TOOLS, type ToolsOptions } from './builtin-tools.js';
import type { Tool } from './tool.js';

/** By name, in the order in which the model is told. */
export async function createTools(options: ToolsOptions): Promise<ReadonlyMap<string, Tool>> {
  const made = await Promise.all(Object.values(BUILTIN_TOOLS).map((load) => load(options)));
  return new Map(made.flatMap((tool) => (tool ? [[tool.name, { ...tool, builtin: true }]] : [])));
}

/** Made once for each tool: it is asked for with every iteration. */
export function toSpec(tool: Tool): ToolSpec {
  let spec = specs.get(tool);
  if (!spec) {
    spec = { name: tool.name, description: tool.description, parameters: parametersOf(tool) };
    specs.set(tool, spec);
  }
  return spec;
}

export type Parsed = { readonly ok: true; readonly args: unknown } | { readonly ok: false; readonly problem: string };

/** `problem` is for the model: what is wrong, what was given, what is allowed. */
export function parseArgs(tool: Tool, args: unknown): Parsed {
  const given = restoreArguments(normaliseParameters(toSpec(tool).parameters), withoutNulls(args));
  const result = tool.input.safeParse(given);
  if (result.success) return { ok: true, args: result.data };
  const problems = result.error.issues.slice(0, 5).map((issue) => describe(issue, given));
  return { ok: false, problem: `The arguments of ${tool.name} are wrong: ${problems.join('; ')}. ${allowed(tool)}` };
}

// ---

const specs = new WeakMap<Tool, ToolSpec>();

function parametersOf(tool: Tool): ToolSpec['parameters'] {
  if (tool.parameters) return tool.parameters;
  const { $schema: _, ...parameters } = z.toJSONSchema(tool.input);
  return parameters;
}

/** Many models write null for what they leave out. */
function withoutNulls(args: unknown): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function describe(issue: z.core.$ZodIssue, args: unknown): string {
  if (issue.code === 'unrecognized_keys') return `unknown: ${issue.keys.map(short).join(', ')}`;
  const where = issue.path.join('.') || 'the arguments';
  const given = issue.path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    args,
  );
  return given === undefined ? `${where} is missing` : `${where}: ${issue.message} (given ${short(given)})`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function allowed(tool: Tool): string {
  const { schema } = normaliseParameters(toSpec(tool).parameters);
  const { properties = {}, required = [] } = schema as { properties?: object; required?: string[] };
  const names = Object.keys(properties).map((name) => (required.includes(name) ? name : `${name} (optional)`));
  return `Allowed: ${names.join(', ')}.`;
}
