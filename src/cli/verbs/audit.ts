/** `rookery audit verify | list`: whether the audit log is complete and unchanged, and its entries. */
import { type AuditEntry, readEntry } from '../../audit/entry.js';
import { auditFilesOf } from '../../audit/files.js';
import { linesOf } from '../../audit/lines.js';
import { verifyAudit } from '../../audit/verify.js';
import { RookeryError } from '../../domain/errors.js';
import { firstLine, shortId } from '../../domain/task-id.js';
import { visible, visibleLine } from '../../domain/visible.js';
import { ambiguous, SHORTEST_ID } from '../../manager/context.js';
import { EXIT, type ExitCode } from '../exit.js';
import type { Output } from '../output.js';
import { count } from '../render.js';
import { noSuchAction, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<action> [id]',
  help:
    'verify: checks that the audit log is complete and unchanged.\n' +
    'list: prints its entries, of all tasks or of one.',
  examples: ['rookery audit verify', 'rookery audit list 3f2a91c4'],
  run,
};

async function run([action = '', ...given]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  if (action === 'verify' && given.length === 0) return verify(session);
  if (action === 'list' && given.length <= 1) return list(session, given[0]);
  throw noSuchAction('audit', [action, ...given], 'Write `audit verify`, `audit list` or `audit list ID`');
}

/** As wide as the longest event. */
const EVENT_WIDTH = 18;

async function verify({ paths, places, out }: Session): Promise<ExitCode> {
  const { ok, entries, problems, last, readable } = await verifyAudit(auditFilesOf(paths, places.config));
  if (out.json) out.value({ ok, entries, problems });
  else if (ok)
    out.line(
      last === undefined
        ? 'ok: the log is empty'
        : `ok: ${count(entries)} ${entries === 1 ? 'entry' : 'entries'}, the last of ${last}`,
    );
  else for (const { line, problem } of problems) out.line(readable ? `line ${line}: ${problem}` : problem);
  if (ok) return EXIT.done;
  return readable ? EXIT.failed : EXIT.environment;
}

async function list({ paths, out }: Session, given: string | undefined): Promise<ExitCode> {
  const task = given === undefined ? undefined : await taskOf(paths.audit, given);
  for await (const entry of entriesOf(paths.audit, out)) {
    if (task !== undefined && entry.session_id !== task) continue;
    if (out.json) out.value(entry);
    else out.line(readable(entry));
  }
  return EXIT.done;
}

function readable({ timestamp, event_type, session_id, description }: AuditEntry): string {
  const event = typeof event_type === 'string' ? event_type : event_type.custom;
  const time = timestamp.slice(0, 19).replace('T', ' ');
  const task = session_id === undefined ? '-' : shortId(session_id);
  return visible(
    `${time}  ${firstLine(event).padEnd(EVENT_WIDTH)}  ${task.padEnd(8)}  ${firstLine(visibleLine(description), 200)}`,
  );
}

/** Skips lines that are not entries; `audit verify` reports them. */
async function* entriesOf(file: string, out?: Output): AsyncGenerator<AuditEntry> {
  let line = 0;
  for await (const { bytes, torn } of linesOf(file, 0)) {
    line++;
    const entry = readEntry(bytes);
    if (typeof entry !== 'string') yield entry;
    else if (!torn) out?.info(`Line ${line} is skipped: ${entry}`);
  }
}

/** Resolved from the log, not from the task files: the log also has deleted tasks. */
async function taskOf(file: string, given: string): Promise<string> {
  const fits = new Set<string>();
  for await (const { session_id: id } of entriesOf(file)) {
    if (id === given) return id;
    if (given.length >= SHORTEST_ID && id?.startsWith(given)) fits.add(id);
  }
  const [first, ...others] = fits;
  if (first === undefined) throw new RookeryError('not_found', `The audit log has no entry for a task '${given}'`);
  if (others.length === 0) return first;
  throw ambiguous(given, [...fits]);
}
