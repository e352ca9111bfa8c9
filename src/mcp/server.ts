/**
 * One configured server: connected on demand and again after it has ended, with a growing pause while it is
 * unreachable. Knows its tools; runs a call only when the tool's definition is the one that the policy decision was
 * made on.
 */

import { unlessAborted } from '../domain/abort.js';
import { sentenceOf } from '../domain/errors.js';
import type { McpServer } from '../domain/mcp.js';
import { failed } from '../tools/outcome.js';
import type { ToolOutcome } from '../tools/tool.js';
import { connectTransport, type McpConnection, type Wire } from './connection.js';
import { type Defined, type Definition, define } from './definition.js';
import { MCP, type McpDeadlines } from './limits.js';
import { cleanLine, explain, isAnswer, toToolOutcome } from './result.js';

export interface ServerOptions {
  /** A new transport, not started yet. */
  readonly open: () => Promise<Wire>;
  readonly deadlines: McpDeadlines;
  readonly announce: (line: string) => void;
  /** Before its tools are known. */
  readonly onListed: (definitions: readonly Definition[]) => Promise<void>;
}

/** The rest of a sentence that begins with the name of the server. */
export class Unreachable extends Error {}

export class McpServerProcess {
  #connection: McpConnection | undefined;
  #opening: Promise<McpConnection> | undefined;
  /** Of the connection, or of what is to become one. */
  #wire: Wire | undefined;
  #listed: Defined | undefined;
  #failures = 0;
  #retryAt = 0;
  #lastProblem: string | undefined;
  #relisting: NodeJS.Timeout | undefined;
  #calls = 0;
  #stopped = false;

  constructor(
    readonly config: McpServer,
    private readonly options: ServerOptions,
  ) {}

  /** As of the last list; undefined before the first. */
  get listed(): Defined | undefined {
    return this.#listed;
  }

  /** Why its tools are missing, after its name; undefined when they are available. */
  get problem(): string | undefined {
    return this.#listed ? undefined : (this.#lastProblem ?? 'has not answered yet');
  }

  /** Not connected, no attempt in progress, and the pause is over. */
  get isDue(): boolean {
    return !this.#listed && !this.#opening && !this.#stopped && performance.now() >= this.#retryAt;
  }

  /** Connects if that is due. Throws Unreachable. */
  async connect(): Promise<McpConnection> {
    if (this.#stopped) throw new Unreachable('was stopped with the worker');
    if (this.#connection?.open) return this.#connection;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async call(definition: Definition, args: Record<string, unknown>, signal: AbortSignal): Promise<ToolOutcome> {
    const named = `The MCP server ${this.config.name}`;
    try {
      const connection = await unlessAborted(this.connect(), signal);
      return await this.#callOn(connection, { definition, args, signal });
    } catch (error) {
      if (signal.aborted) return failed('Cancelled before it was done.');
      if (error instanceof Unreachable) return failed(`${named} ${error.message}. The call was not made.`);
      return failed(`${named} failed: ${cleanLine(sentenceOf(error), 300)}.`);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#relisting);
    // A connection that is still initializing is not waited for.
    await this.#wire?.close();
    await this.#opening?.catch(() => undefined);
    await this.#connection?.close();
  }

  async #open(): Promise<McpConnection> {
    const wait = this.#retryAt - performance.now();
    if (wait > 0)
      throw new Unreachable(`${this.#lastProblem ?? 'ended'}; it is tried again in ${Math.ceil(wait / 1000)} s`);
    let wire: Wire | undefined;
    let connection: McpConnection | undefined;
    try {
      wire = await this.options.open();
      this.#wire = wire;
      connection = await connectTransport(wire, {
        deadlines: this.options.deadlines,
        onToolsChanged: () => this.#relistSoon(),
      });
      await this.#list(connection);
      if (this.#stopped) throw new Unreachable('was stopped with the worker');
      this.#failures = 0;
      this.#lastProblem = undefined;
      this.#connection = connection;
      return connection;
    } catch (error) {
      await connection?.close();
      throw this.#unreachable(error, wire);
    }
  }

  #unreachable(error: unknown, wire: Wire | undefined): Unreachable {
    if (error instanceof Unreachable) return error;
    const { backoffMs } = this.options.deadlines;
    this.#retryAt = performance.now() + Math.min(MCP.maxBackoffMs, backoffMs * 2 ** this.#failures++);
    const why = explain(error, wire);
    // Every attempt reports the same: once is enough.
    if (this.#lastProblem !== why && !this.#stopped) this.options.announce(`The MCP server ${this.config.name} ${why}`);
    this.#lastProblem = why;
    return new Unreachable(why);
  }

  async #list(connection: McpConnection): Promise<void> {
    const defined = define(this.config, await connection.list());
    const before = new Map(this.#listed?.definitions.map((one) => [one.hash, one]));
    await this.options.onListed(defined.definitions);
    // The same tool stays the same object: who keeps something for it finds it again.
    this.#listed = { ...defined, definitions: defined.definitions.map((one) => before.get(one.hash) ?? one) };
  }

  /** A server can send that at any rate; it is handled in order. */
  #relistSoon(): void {
    if (this.#stopped || this.#relisting) return;
    this.#relisting = setTimeout(() => void this.#relist(), MCP.relistMs);
    this.#relisting.unref();
  }

  async #relist(): Promise<void> {
    const connection = this.#connection;
    try {
      if (connection?.open) await this.#list(connection);
    } catch (error) {
      this.options.announce(`The MCP server ${this.config.name} ${explain(error, connection?.wire)}`);
    } finally {
      this.#relisting = undefined;
    }
  }

  async #callOn(connection: McpConnection, { definition, args, signal }: Call): Promise<ToolOutcome> {
    if (!this.#listed?.definitions.some(({ hash }) => hash === definition.hash))
      return failed(`The tool '${definition.name}' has been changed by its server. List the tools again.`);
    this.#calls++;
    try {
      return toToolOutcome(await connection.call({ name: definition.tool, arguments: args }, signal));
    } catch (error) {
      if (signal.aborted) return failed('Cancelled; whether it took effect is not known.');
      const named = `The MCP server ${this.config.name}`;
      if (isAnswer(error)) return failed(`${named} refused the call: ${cleanLine(sentenceOf(error), 1_000)}`);
      const why = explain(error, connection.wire);
      // A server that does not answer would not answer the next call, but other calls may still be pending.
      if (this.#calls === 1) await connection.close();
      return failed(`${named} ${why}. Whether the call took effect is not known.`);
    } finally {
      this.#calls--;
    }
  }
}

// ---

interface Call {
  readonly definition: Definition;
  readonly args: Record<string, unknown>;
  readonly signal: AbortSignal;
}
