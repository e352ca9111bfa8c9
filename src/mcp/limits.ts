/** What an MCP server may take of time and memory at most. Numbers only. */

const KIB = 1024;

export interface McpDeadlines {
  readonly initializeMs: number;
  readonly listMs: number;
  readonly callMs: number;
  /** How long the first lists may hold up the start of a worker. */
  readonly startMs: number;
  /** How long a task waits for them, from the start of the worker. */
  readonly awaitMs: number;
  /** The pause after the first failure to reach a server; it doubles up to a minute. */
  readonly backoffMs: number;
}

export const DEADLINES: McpDeadlines = Object.freeze({
  initializeMs: 10_000,
  listMs: 10_000,
  callMs: 120_000,
  startMs: 2_000,
  awaitMs: 10_000,
  backoffMs: 500,
});

export const MCP = Object.freeze({
  /** One message, in bytes. */
  messageBytes: 8 * KIB * KIB,
  /** All that comes in for one thing that was sent: a flood of small messages is one, too. */
  floodBytes: 64 * KIB * KIB,
  /** Values in one message: eight megabytes of brackets would become hundreds of megabytes of objects. */
  messageValues: 200_000,
  descriptionBytes: 2 * KIB,
  schemaBytes: 32 * KIB,
  schemaDepth: 24,
  nameChars: 1_000,
  /** All that a server says of one tool. */
  toolBytes: 128 * KIB,
  tools: 128,
  pages: 32,
  maxBackoffMs: 60_000,
  /** Between a server's word that its tools have changed and the look at them. */
  relistMs: 200,
});
