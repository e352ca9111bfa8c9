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
import { McpServerProcess, type ServerOptions } from './server.js';
import { openTrustStore, type TrustStore } from './trusted-definitions.js';

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
  const pins = openTrustStore(options.workdir);
  const servers = options.servers.map((config) =>
    openServer(config, options, (definitions) => pins.pinNewServer(config, definitions)),
  );
  announceOnce(options);
  const all = new Tools(pins, options.announce);
  const allConnected = Promise.all(servers.map(connect));
  const ready = atMost(allConnected, deadlines.awaitMs);
  await atMost(allConnected, deadlines.startMs);
  return {
    tools() {
      // An unavailable server is tried again by the next request after its pause.
      for (const server of servers) if (server.isDue) void connect(server);
      return all.of(servers);
    },
    whenReady: () => ready,
    whyUnavailable(name) {
      const server = servers.find(({ config }) => name.startsWith(`${config.name}__`));
      return server?.problem === undefined ? undefined : `The MCP server ${server.config.name} ${server.problem}`;
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
  onListed: ServerOptions['onListed'],
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
  #toolByDefinition = new Map<Definition, Tool>();
  #tools: readonly Tool[] = [];
  #listedBefore: readonly unknown[] = [];
  readonly #announced = new Set<string>();

  constructor(
    private readonly pins: TrustStore,
    private readonly announce: (line: string) => void,
  ) {}

  of(servers: readonly McpServerProcess[]): readonly Tool[] {
    // It is asked for every message of a conversation.
    if (servers.every(({ listed }, n) => listed === this.#listedBefore[n])) return this.#tools;
    this.#listedBefore = servers.map(({ listed }) => listed);
    const current = new Map<Definition, Tool>();
    for (const server of servers) {
      for (const definition of server.listed?.definitions ?? [])
        current.set(definition, this.#toolByDefinition.get(definition) ?? toTool(server, definition, this.pins));
      for (const line of server.listed?.leftOut ?? []) this.#announceOnce(`MCP server ${server.config.name}: ${line}`);
    }
    const same =
      current.size === this.#toolByDefinition.size &&
      [...current.keys()].every((one) => this.#toolByDefinition.has(one));
    if (!same) this.#tools = [...current.values()];
    this.#toolByDefinition = current;
    return this.#tools;
  }

  #announceOnce(line: string): void {
    // A server can make up names for ever.
    if (this.#announced.has(line) || this.#announced.size > MAX_ANNOUNCED) return;
    this.#announced.add(line);
    this.announce(line);
  }
}

const MAX_ANNOUNCED = 1_000;

/** What it says of its failures it has announced. */
async function connect(server: McpServerProcess): Promise<void> {
  await server.connect().catch(() => undefined);
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
  const unconfined = local.filter(
    (server) => sandbox === undefined || ('sandbox' in server && server.sandbox === 'off'),
  );
  if (unconfined.length > 0) {
    const names = unconfined.map(({ name }) => name).join(', ');
    announce(`These MCP servers run without a sandbox, as the user of this worker: ${names}`);
  }
  for (const server of local) {
    const missing = variablesOf(server).filter((name) => env[name] === undefined);
    if (missing.length > 0) announce(`The MCP server ${server.name} needs ${missing.join(', ')}, which is not set`);
  }
}

async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
