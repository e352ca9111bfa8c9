/** Logs to try things on, and a second verifier that knows only the documented format. */
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditFiles } from '../../src/audit/files.js';
import { type Audit, type AuditOptions, openAudit } from '../../src/audit/log.js';
import type { NotedEvent } from '../../src/audit/note.js';
import { verifyAudit } from '../../src/audit/verify.js';

export interface Place extends AuditFiles {
  readonly root: string;
  readonly anchorFile: string;
  readonly announced: string[];
  open(more?: Partial<AuditOptions>): Audit;
  /** Removes everything; a log that still has entries to write would make it again. */
  discard(): Promise<void>;
}

export async function makePlace(): Promise<Place> {
  return placeIn(await mkdtemp(join(tmpdir(), 'rookery-audit-')));
}

export function placeIn(root: string): Place {
  const announced: string[] = [];
  const files = {
    file: join(root, 'data', 'audit.jsonl'),
    keyFile: join(root, 'data', 'audit.key'),
    headFile: join(root, 'data', '.rookery', '~audit-head'),
  };
  const announce = (sentence: string): void => void announced.push(sentence);
  const opened: Audit[] = [];
  const open = (more: Partial<AuditOptions> = {}): Audit => {
    const audit = openAudit({ ...files, announce, ...more });
    opened.push(audit);
    return audit;
  };
  const discard = async (): Promise<void> => {
    for (const audit of opened) await audit.close();
    await rm(root, { recursive: true, force: true });
  };
  return { root, ...files, anchorFile: join(root, 'config', 'a.head'), announced, open, discard };
}

/** The files of a place without its anchor. */
export function filesOf({ file, keyFile, headFile }: AuditFiles): AuditFiles {
  return { file, keyFile, headFile };
}

/** Of each kind: with and without task and metadata, a custom event, and characters of every width. */
export function noteOf(n: number): NotedEvent {
  const kinds: readonly NotedEvent[] = [
    { event: 'agent_start', component: 'agent', description: `start ${n}`, task: `task-${n % 7}` },
    { event: 'tool_call', component: 'tool', description: `read ${n}`, metadata: { effect: 'read' }, task: 'one' },
    { event: 'tool_result', component: 'tool', description: 'ok', metadata: { effect: 'read', bytes: n * 31 } },
    {
      event: 'policy_decision',
      component: 'policy',
      description: '"quoted" \\ back',
      metadata: { b: [1, null], a: 'é' },
    },
    { event: { custom: 'näher 🦅' }, component: 'config', description: 'line\nfeed \u001b[31m' },
    {
      event: 'error',
      component: 'sandbox',
      description: '',
      metadata: { 10: 'ten', 9: 'nine', z: { y: true, x: 1.5 } },
    },
  ];
  return kinds[n % kinds.length] as NotedEvent;
}

export async function fill(audit: Audit, count: number, from = 0): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => audit.note(noteOf(from + n))));
}

/** Lines with their line feeds. */
export function linesIn(file: string): string[] {
  return readFileSync(file, 'utf8').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

export function writeLines(file: string, lines: readonly string[]): void {
  writeFileSync(file, lines.join(''));
}

/** Problems as `line: problem`. */
export async function problemsOf(files: AuditFiles): Promise<string[]> {
  const { problems } = await verifyAudit(files);
  return problems.map(({ line, problem }) => `${line}: ${problem}`);
}

/** Written from the documentation of RavenClaws' log alone. Undefined: it accepts the log. */
export function firstMismatch(log: string, key: Buffer): string | undefined {
  let previous = '';
  for (const line of log.split('\n').slice(0, -1)) {
    const entry = JSON.parse(line) as Record<string, unknown>;
    const index = new DataView(new ArrayBuffer(8));
    index.setBigUint64(0, BigInt(entry.index as number), true);
    const parts = [
      previous,
      new Uint8Array(index.buffer),
      entry.timestamp as string,
      JSON.stringify(entry.event_type),
      entry.component as string,
      entry.description as string,
      entry.metadata === undefined ? '' : sortedJson(entry.metadata),
    ];
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    if (hmac.digest('hex') !== entry.hmac) return `HMAC verification failed at entry ${entry.index}`;
    previous = entry.hmac as string;
  }
  return undefined;
}

// ---

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedJson((value as Record<string, unknown>)[key])}`)}}`;
}
