/**
 * Communicates with a server over the streams of a process that it owns, in lines of bounded length. The library's
 * transport would pass on variables of the worker, end one process instead of a group, and buffer an endless line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { sentenceOf } from '../domain/errors.js';
import { createCapture, drained } from '../processes/capture.js';
import { killAll } from '../processes/kill-tree.js';
import type { Wire } from './connection.js';
import type { McpLaunch } from './launch.js';
import { MCP } from './limits.js';
import { Meter, TooMuchOutput } from './rate-limit.js';
import { cleanLine } from './result.js';

const STDERR_BYTES = 4_096;
/** The usual cause of an early exit in the sandbox: a hidden file in a home directory. */
const SANDBOX_HINT =
  '; in the sandbox, only its workspace and what its command line names are visible in a home directory';

export class StdioWire implements Wire {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Wire['onmessage'];
  #child: ChildProcess | undefined;
  #why: string | undefined;
  #ending: Promise<void> | undefined;
  #isReadingStopped = false;
  #hasAnswered = false;
  readonly #lines = createLines((line) => this.#handleLine(line));
  readonly #stderr = createCapture(STDERR_BYTES);

  constructor(
    private readonly launch: McpLaunch,
    /** Throws for an invalid message. */
    private readonly parse: (line: string) => JSONRPCMessage,
  ) {}

  why(): string | undefined {
    return this.#why;
  }

  async start(): Promise<void> {
    const { argv, env, cwd, watched } = this.launch;
    const [program, ...rest] = argv;
    // A new process group, ended as a whole.
    const child = spawn(program, rest, {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', ...(watched ? (['pipe'] as const) : [])],
    });
    this.#child = child;
    for (const stream of child.stdio) stream?.on('error', () => undefined);
    this.#listen(child);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        void this.#end(`could not be started: ${sentenceOf(error)}`);
        reject(error);
      });
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) throw new Error('it has ended');
    // A server that never reads would make all calls accumulate.
    if (stdin.writableLength > MCP.messageBytes) throw new Error('it does not read its input');
    this.#lines.expectAnswer();
    stdin.write(`${JSON.stringify(message)}\n`);
  }

  close(): Promise<void> {
    return this.#end();
  }

  #listen(child: ChildProcess): void {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (this.#isReadingStopped) return;
      try {
        this.#lines.push(chunk);
      } catch (error) {
        if (!(error instanceof TooMuchOutput)) throw error;
        void this.#end(error.message);
      }
    });
    child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    child.once('exit', (code, signal) => {
      const hint = this.#hasAnswered || !this.launch.isAround ? '' : SANDBOX_HINT;
      const how = signal ? `was ended by signal ${signal}` : `ended with exit code ${code}`;
      void this.#end(`${how}${this.#lastErrorLine()}${hint}`);
    });
  }

  /** A line that is not a message was printed by a program: it is skipped. */
  #handleLine(line: string): void {
    if (line.trim() === '') return;
    let message: JSONRPCMessage;
    try {
      message = this.parse(line);
    } catch {
      return;
    }
    this.#hasAnswered = true;
    this.onmessage?.(message);
  }

  #lastErrorLine(): string {
    const last = this.#stderr.text().replaceAll('\uFFFD', '').trim().split('\n').at(-1) ?? '';
    return last === '' ? '' : ` (${cleanLine(last, 200)})`;
  }

  #stopReading(): void {
    this.#isReadingStopped = true;
    this.#child?.stdout?.destroy();
  }

  #end(why?: string): Promise<void> {
    // Later reasons only follow from the first.
    if (!this.#ending) {
      this.#why = why;
      this.#ending = this.#endOnce();
    }
    return this.#ending;
  }

  async #endOnce(): Promise<void> {
    const child = this.#child;
    const exited = child !== undefined && (child.exitCode !== null || child.signalCode !== null);
    // The output of a process that exited is still read; the output of one that is ended here is not.
    if (exited) await drained([child.stdout]);
    else this.#stopReading();
    this.onclose?.();
    child?.stdin?.end();
    if (child?.pid !== undefined)
      await killAll({ group: child.pid, exemptFromTerm: this.launch.isAround ? child.pid : undefined });
    for (const stream of child?.stdio ?? []) stream?.destroy();
    await this.launch.release().catch(() => []);
  }
}

export interface Lines {
  /** Calls `onLine` for each complete line. Throws TooMuchOutput for one that is too long, and is unusable then. */
  push(chunk: Buffer): void;
  /** Something was sent, and an answer may come. */
  expectAnswer(): void;
}

export function createLines(onLine: (line: string) => void): Lines {
  const meter = new Meter();
  let parts: Buffer[] = [];
  const addPart = (part: Buffer): void => {
    meter.add(part);
    parts.push(part);
  };
  return {
    expectAnswer: () => meter.expectAnswer(),
    push(chunk) {
      let at = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
        addPart(chunk.subarray(at, end));
        const line = Buffer.concat(parts).toString('utf8');
        parts = [];
        meter.reset();
        at = end + 1;
        onLine(line);
      }
      // A copy: otherwise a few bytes would keep the whole chunk in memory.
      if (at < chunk.length) addPart(Buffer.from(chunk.subarray(at)));
    },
  };
}

// ---

const NEWLINE = 0x0a;
