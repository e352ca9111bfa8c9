/**
 * The tools of all configured MCP servers, as they are at this moment: a server that is slow does not hold up the
 * worker, its tools are there when it is. Owns the servers until `stop`.
 */
import { type McpServer, variablesOf } from '../domain/mcp.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { Tool } from '../tools/tool.js';
import { toTool } from './as-tool.js';
import type { Wire } from './connection.js';
import type { Definition } from './definition.js';
import { prepareLaunch } from './launch.js';
import { DEADLINES, type McpDeadlines } from './limits.js';
import { McpServerProcess, type ServerMeans } from './server.js';
import { createPins, type Pins } from './trusted-definitions.js';

export interface McpOptions {
  readonly servers: readonly McpServer[];
  /** Absolute. */
  readonly workdir: string;
  /** Confines servers that are started here; when undefined, they run as the worker's user. */
  readonly sandbox: Sandbox | undefined;
  readonly announce: (line: string) => void;
  /** Of the worker. A server gets what it names of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly deadlines?: Partial<McpDeadlines>;
}

export interface Mcp {
  /** The same array as before while nothing has changed. */
  tools(): readonly Tool[];
  /** When each server has answered once or failed, and some seconds after the start at the latest. */
  whenReady(): Promise<void>;
  /** Why there is no tool of that name, where its server has not answered. */
  whyUnavailable(name: string): string | undefined;
  stop(): Promise<void>;
}

export async function createMcp(options: McpOptions): Promise<Mcp> {
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const pins = createPins(options.workdir);
  const servers = options.servers.map((config) =>
    openServer(config, options, (definitions) => pins.meet(config, definitions)),
  );
  announceOnce(options);
  const all = new Tools(pins, options.announce);
  const awake = Promise.all(servers.map(wake));
  const arrived = inTime(awake, deadlines.awaitMs);
  await inTime(awake, deadlines.startMs);
  return {
    tools() {
      // An unavailable server is tried again by the next request after its pause.
      for (const server of servers) if (server.due) void wake(server);
      return all.of(servers);
    },
    whenReady: () => arrived,
    whyUnavailable(name) {
      const server = servers.find(({ config }) => name.startsWith(`${config.name}__`));
      return server?.absence === undefined ? undefined : `The MCP server ${server.config.name} ${server.absence}`;
    },
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** One server, to be reached and stopped by the caller. */
export function openServer(
  config: McpServer,
  options: McpOptions,
  onListed: ServerMeans['onListed'],
): McpServerProcess {
  return new McpServerProcess(config, {
    open: () => open(config, options),
    deadlines: { ...DEADLINES, ...options.deadlines },
    announce: options.announce,
    onListed,
  });
}

// ---

/** Keeps the tool of a definition that has not changed: specs are made once for each. */
class Tools {
  #kept = new Map<Definition, Tool>();
  #last: readonly Tool[] = [];
  #seen: readonly unknown[] = [];
  readonly #told = new Set<string>();

  constructor(
    private readonly pins: Pins,
    private readonly announce: (line: string) => void,
  ) {}

  of(servers: readonly McpServerProcess[]): readonly Tool[] {
    // It is asked for every message of a conversation.
    if (servers.every(({ listed }, n) => listed === this.#seen[n])) return this.#last;
    this.#seen = servers.map(({ listed }) => listed);
    const now = new Map<Definition, Tool>();
    for (const server of servers) {
      for (const definition of server.listed?.definitions ?? [])
        now.set(definition, this.#kept.get(definition) ?? toTool(server, definition, this.pins));
      for (const line of server.listed?.leftOut ?? []) this.#tell(`MCP server ${server.config.name}: ${line}`);
    }
    const same = now.size === this.#kept.size && [...now.keys()].every((one) => this.#kept.has(one));
    if (!same) this.#last = [...now.values()];
    this.#kept = now;
    return this.#last;
  }

  #tell(line: string): void {
    // A server can make up names for ever.
    if (this.#told.has(line) || this.#told.size > MAX_TOLD) return;
    this.#told.add(line);
    this.announce(line);
  }
}

const MAX_TOLD = 1_000;

/** What it says of its failures it has announced. */
async function wake(server: McpServerProcess): Promise<void> {
  await server.reach().catch(() => undefined);
}

async function open(config: McpServer, { workdir, sandbox, env }: McpOptions): Promise<Wire> {
  const library = await import('@modelcontextprotocol/client');
  if ('url' in config) {
    const { httpWire } = await import('./http-transport.js');
    return httpWire(config, env, library);
  }
  const { StdioWire } = await import('./stdio-transport.js');
  return new StdioWire(await prepareLaunch(config, { workdir, sandbox, env }), library.deserializeMessage);
}

function announceOnce({ servers, sandbox, env, announce }: McpOptions): void {
  const local = servers.filter((server) => !('url' in server));
  const free = local.filter((server) => sandbox === undefined || ('sandbox' in server && server.sandbox === 'off'));
  if (free.length > 0) {
    const names = free.map(({ name }) => name).join(', ');
    announce(`These MCP servers run without a sandbox, as the user of this worker: ${names}`);
  }
  for (const server of local) {
    const missing = variablesOf(server).filter((name) => env[name] === undefined);
    if (missing.length > 0) announce(`The MCP server ${server.name} needs ${missing.join(', ')}, which is not set`);
  }
}

async function inTime(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
