/**
 * The MCP servers of a worker: from the user's file, a trusted project's file and --mcp; by name, a later source
 * replaces an earlier one. Holds the names of secrets, never their values.
 */
import { dirname, resolve } from 'node:path';
import { RookeryError } from '../domain/errors.js';
import { isServerName, type McpServer } from '../domain/mcp.js';
import type { ConfigFile } from './files.js';
import type { McpTable } from './mcp-schema.js';

export type McpOrigin = 'flag' | 'project file' | 'user file';
export type ConfiguredMcp = McpServer & { readonly origin: McpOrigin };

export interface McpFile {
  readonly tables: Readonly<Record<string, McpTable>> | undefined;
  /** Base directory of its relative paths. */
  readonly base: string;
}

export interface McpFiles {
  readonly project: ConfigFile | undefined;
  readonly user: ConfigFile | undefined;
  readonly cwd: string;
}

export interface McpSources {
  readonly flags: readonly string[];
  readonly project: McpFile;
  readonly user: McpFile;
}

/** Merges the files: a project adds servers to those of the user. */
export async function mcpSetting(flags: readonly string[], { project, user, cwd }: McpFiles) {
  const value = await mcpServers({
    flags,
    project: { tables: project?.settings.mcp, base: cwd },
    user: { tables: user?.settings.mcp, base: user ? dirname(user.path) : cwd },
  });
  const origins = value.map(({ origin }) => origin);
  const first = (['flag', 'project file', 'user file'] as const).find((origin) => origins.includes(origin));
  return { value, origin: first ?? ('default' as const) };
}

export async function mcpServers({ flags, project, user }: McpSources): Promise<readonly ConfiguredMcp[]> {
  const all = new Map<string, ConfiguredMcp>();
  const add = (tables: McpFile['tables'], origin: McpOrigin, base: string): void => {
    for (const [name, table] of Object.entries(tables ?? {})) all.set(name, toServer(name, table, { origin, base }));
  };
  add(user.tables, 'user file', user.base);
  add(project.tables, 'project file', project.base);
  for (const flag of flags) add(await tableOf(flag), 'flag', project.base);
  return [...all.values()];
}

/** The long form of --mcp, for a process that does not read the file it came from. */
export function toFlag({ name, ...server }: McpServer): string {
  const { command, args, env, workspace, network, url, headers } = server as Partial<Record<string, unknown>>;
  return JSON.stringify({ name, command, args, env, workspace, network, url, headers_env: headers });
}

// ---

function toServer(
  name: string,
  table: McpTable,
  { origin, base }: { readonly origin: McpOrigin; readonly base: string },
): ConfiguredMcp {
  const { command, args = [], env, network, url, headers_env } = table;
  if (url !== undefined) return { name, url, origin, ...(headers_env ? { headers: headers_env } : {}) };
  if (table.sandbox === 'off' && origin !== 'user file') {
    throw new RookeryError('usage', `The sandbox of the MCP server '${name}' cannot be turned off there`, {
      hint: 'Only the config.toml of the user may set sandbox = "off"',
    });
  }
  const program = command ?? '';
  return {
    name,
    command: program.includes('/') ? resolve(base, program) : program,
    args,
    origin,
    ...(env ? { env } : {}),
    ...(network ? { network } : {}),
    ...(table.sandbox ? { sandbox: table.sandbox } : {}),
    ...(table.workspace === undefined ? {} : { workspace: resolve(base, table.workspace) }),
  };
}

/** `name=command args`, `name=https://…`, or a JSON object with the fields of a file and the name. */
async function tableOf(flag: string): Promise<Readonly<Record<string, McpTable>>> {
  if (flag.trimStart().startsWith('{')) return longForm(flag);
  const at = flag.indexOf('=');
  const name = flag.slice(0, Math.max(0, at)).trim();
  const [command = '', ...args] = words(flag.slice(at + 1));
  if (!isServerName(name) || command === '') {
    throw new RookeryError('usage', `--mcp takes name=command or name=URL, not '${flag.slice(0, 80)}'`, {
      hint: 'A name has at most 24 letters, digits, - and single _',
    });
  }
  return /^https?:\/\//i.test(command)
    ? checked({ [name]: { url: flag.slice(at + 1).trim() } })
    : { [name]: { command, args } };
}

function longForm(flag: string): Promise<Readonly<Record<string, McpTable>>> {
  let given: unknown;
  try {
    given = JSON.parse(flag);
  } catch {
    throw new RookeryError('usage', `--mcp takes name=command, name=URL or a JSON object, not '${flag.slice(0, 80)}'`);
  }
  const { name, ...table } = given as { name?: unknown };
  return checked({ [String(name)]: table });
}

async function checked(tables: Record<string, unknown>): Promise<Readonly<Record<string, McpTable>>> {
  const [{ mcpSchema }, { problemOf }] = await Promise.all([import('./mcp-schema.js'), import('./schema-problem.js')]);
  const parsed = mcpSchema.safeParse(tables);
  if (parsed.success) return parsed.data;
  throw new RookeryError('usage', `--mcp is wrong: ${problemOf(parsed.error)}`);
}

/** Splits words with shell quoting, without expansion. */
function words(text: string): string[] {
  const found: string[] = [];
  const pattern = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)/gsy;
  let end = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    found.push((match[1] ?? '').replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, bare));
    end = pattern.lastIndex;
  }
  if (text.slice(end).trim() === '') return found;
  throw new RookeryError('usage', `--mcp holds a quote that does not end: ${text.slice(end, end + 80).trim()}`);
}

function bare(_whole: string, double?: string, single?: string, escaped?: string): string {
  return double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\$`])/g, '$1');
}
