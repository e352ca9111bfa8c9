/** The MCP servers, as a person configures them. Secrets are referenced by name, never held. Pure. */

export interface StdioServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Names of the worker's variables that it gets. */
  readonly env?: readonly string[];
  /** Where it may write. Default: a private directory. */
  readonly workspace?: string;
  /** `off`: it runs as the worker's user, even where there is a sandbox. */
  readonly sandbox?: 'on' | 'off';
  /** Hosts that it may reach from inside the sandbox. Default: none. */
  readonly network?: readonly string[];
}

export interface HttpServer {
  readonly name: string;
  readonly url: string;
  /** Headers, each with the name of the variable that holds its value. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type McpServer = StdioServer | HttpServer;

/** A name prefixes the names of the server's tools, so it contains no `__`. */
export function isServerName(name: string): boolean {
  return name.length <= 24 && /^[A-Za-z0-9-]+(_[A-Za-z0-9-]+)*$/.test(name);
}

/** What is started or contacted: when it changes, the name is no longer trusted. */
export function sourceOf(server: McpServer): string {
  return 'url' in server ? server.url : JSON.stringify([server.command, ...server.args]);
}

/** The variables of the worker whose values a server can see. */
export function variablesOf(server: McpServer): string[] {
  return 'url' in server ? Object.values(server.headers ?? {}) : [...(server.env ?? [])];
}
