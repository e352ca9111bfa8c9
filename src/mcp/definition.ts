/** A server's tool as the model will see it, made fit to be shown, or the reason why it is left out. Pure but for the hash. */
import { createHash } from 'node:crypto';
import { canonical } from '../domain/canonical-json.js';
import { utf8Length } from '../domain/conversation.js';
import { type McpServer, sourceOf } from '../domain/mcp.js';
import { takeHead } from '../domain/truncate.js';
import type { OfferedTool } from './connection.js';
import { MCP } from './limits.js';
import { clean, cleanLine } from './result.js';

export interface Definition {
  /** What the server calls it. */
  readonly tool: string;
  /** `server__tool`. */
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Over all that the server says of it, shown or not, and over where the server is. */
  readonly hash: string;
}

export interface Defined {
  readonly definitions: readonly Definition[];
  /** A sentence for each tool that is not there. */
  readonly leftOut: readonly string[];
}

export function define(server: McpServer, offered: readonly OfferedTool[]): Defined {
  const definitions = new Map<string, Definition>();
  const leftOut: string[] = [];
  for (const one of offered.slice(0, MCP.tools)) {
    const defined = defineOne(server, one);
    const again = typeof defined !== 'string' && definitions.has(defined.name);
    const why = again ? 'another one has the same name' : defined;
    if (typeof why === 'string') leftOut.push(`Tool ${JSON.stringify(cleanLine(one.name, 64))} is left out: ${why}.`);
    else definitions.set(why.name, why);
  }
  if (offered.length > MCP.tools) leftOut.push(`Only its first ${MCP.tools} tools are available.`);
  return { definitions: [...definitions.values()], leftOut };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

// ---

function defineOne(server: McpServer, { name: tool, description = '', inputSchema }: OfferedTool): Definition | string {
  const name = nameFor(server, tool);
  if (name === undefined) return 'its name is empty, or could be read as that of a tool of another server';
  const schema = readSchema(inputSchema);
  if (typeof schema === 'string') return schema;
  const about = { server: server.name, source: sourceOf(server), tool, description, schema: inputSchema };
  return {
    tool,
    name,
    description: takeHead(`[MCP server ${server.name}] ${clean(description).trim()}`, MCP.descriptionBytes),
    parameters: schema,
    hash: sha256(canonical(about)),
  };
}

/** `__` stands between server and tool, and nowhere else. A long name ends in a part of its hash. */
function nameFor({ name }: McpServer, tool: string): string | undefined {
  if (tool === '' || tool.length > MCP.nameChars || tool.includes('__')) return undefined;
  const plain = tool.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/_{2,}/g, '_');
  const room = 64 - name.length - 2;
  const short = plain.length <= room ? plain : `${plain.slice(0, room - 9)}-${sha256(tool).slice(0, 8)}`;
  return `${name}__${short}`;
}

/** A string says what is wrong with it. */
function readSchema(schema: unknown): Readonly<Record<string, unknown>> | string {
  if (!isRecord(schema) || !describesObject(schema)) return 'its arguments are not an object, or it is too long';
  if (isDeeper(schema, MCP.schemaDepth)) return `its schema is nested more than ${MCP.schemaDepth} deep`;
  const text = JSON.stringify(schema);
  if (utf8Length(text) > MCP.schemaBytes) return `its schema is longer than ${MCP.schemaBytes} bytes`;
  const { properties, required } = schema;
  if (properties !== undefined && !isRecord(properties)) return 'the properties of its schema are not an object';
  if (required !== undefined && !(Array.isArray(required) && required.every((one) => typeof one === 'string')))
    return 'the required properties of its schema are not a list of names';
  const { $schema: _, ...shown } = JSON.parse(text, cleaned) as Record<string, unknown>;
  return { properties: {}, ...shown };
}

/** Some generators leave the type out beside what only an object has, or beside alternatives. */
function describesObject({ type, ...rest }: Record<string, unknown>): boolean {
  if (type !== undefined) return type === 'object';
  return ['properties', 'anyOf', 'oneOf', 'allOf', '$ref'].some((word) => Object.hasOwn(rest, word));
}

/** Words only: a value of an enum must stay as the server knows it. */
function cleaned(key: string, value: unknown): unknown {
  return typeof value === 'string' && WORDS.has(key) ? clean(value) : value;
}

const WORDS: ReadonlySet<string> = new Set(['description', 'title', '$comment']);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((one) => isDeeper(one, depth - 1));
}
