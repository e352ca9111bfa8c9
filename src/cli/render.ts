/** Text of statuses, and Web UI addresses. Pure. */
import { ENDED_WITH_TASK } from '../domain/background-command.js';
import { costText, UNKNOWN_COST } from '../domain/cost.js';
import { isTerminal } from '../domain/task.js';
import { firstLine, shortId } from '../domain/task-id.js';
import { visibleLine } from '../domain/visible.js';
import type { StatusObject } from '../manager/status-object.js';
import { cutToWidth } from './text-width.js';
import { waitsText } from './until.js';
import { taskUrl, type WebUi } from './web-ui.js';

/** How replies usually end. */
export const USUAL_ENDS: ReadonlySet<string> = new Set(['stop', 'tool-calls', 'other']);

/** Of a status: `diff` has them all. */
const MOST_FILES = 10;

export interface ShownFrom {
  /** The name of this host. */
  readonly here: string;
  /** Undefined: its address is not known. */
  readonly webUi: WebUi | undefined;
}

export function statusLines(status: StatusObject, { here, webUi }: ShownFrom): string[] {
  const { detail } = status;
  const { usage, workflow } = detail;
  const rows: [string, string | null][] = [
    ['task', status.id],
    ['name', detail.name],
    ['group', detail.group],
    ['labels', labelsText(detail.labels)],
    ['status', status.status.toLowerCase()],
    ['phase', phaseText(detail)],
    ['waits', waitsText(status) ?? null],
    ['prompt', shownLine(status.prompt, 100)],
    ['created', status.created_at],
    ['updated', status.updated_at],
    ['duration', durationText(status)],
    ['iterations', String(status.iterations)],
    ['model', status.model && `${status.provider} · ${status.model}`],
    ['tokens', tokensText(usage)],
    ['cost', costOf(status)],
    ['last reply', detail.finish !== null && !USUAL_ENDS.has(detail.finish) ? detail.finish : null],
    ['from', detail.from && originText(status.id, detail.from)],
    ['children', childrenText(detail.children)],
    ['background', backgroundText(detail.background)],
    ['host', hostText(detail.host, here)],
    ['workspace', detail.workspace],
    ['worktree', detail.worktree ? worktreeText(detail.worktree) : null],
    ['files', filesText(detail.files)],
    ['workflow', workflow && `run ${workflow.run_id}, ${workflow.history_events ?? '?'} events`],
    ['web ui', webUi && workflow ? taskUrl(webUi, status.id, workflow.run_id) : null],
    ['mirror', detail.mirror.behind_since && `behind since ${detail.mirror.behind_since}`],
    ['error', status.error],
    ['next', detail.next ?? null],
  ];
  const lines = rows
    .filter((row): row is [string, string] => row[1] !== null)
    .map(([name, value]) => `${name.padEnd(11)}${visibleLine(value)}`);
  return status.result === null ? lines : [...lines, '', status.result];
}

/** A reason that begins with its phase says it once. */
function phaseText({ phase, reason }: StatusObject['detail']): string {
  if (!reason) return phase;
  return reason.startsWith(phase) ? reason : `${phase}: ${reason}`;
}

/** Until now, for a task that has not ended. */
function durationText({ status, created_at, updated_at }: StatusObject, now = Date.now()): string | null {
  if (status === 'Pending') return null;
  const end = isTerminal(status) ? Date.parse(updated_at) : now;
  return elapsed(Math.max(0, end - Date.parse(created_at)));
}

/** Its commands run there, and not in the workspace. */
function worktreeText(worktree: NonNullable<StatusObject['detail']['worktree']>): string {
  const { path, directory, branch, applied, removed } = worktree;
  if (removed) return `${path} (removed${applied ? ': its changes are applied' : ''})`;
  return `${directory} (the task works here; branch ${branch})`;
}

function filesText(files: StatusObject['detail']['files']): string | null {
  if (files === null) return null;
  const shown = files.slice(0, MOST_FILES).map(({ path, added, removed }) => {
    return added === null ? `${path} (binary)` : `${path} +${added} -${removed}`;
  });
  if (files.length > MOST_FILES) shown.push(`and ${files.length - MOST_FILES} more`);
  return shown.join(', ') || 'none changed';
}

function labelsText(labels: StatusObject['detail']['labels']): string | null {
  const texts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return texts.length === 0 ? null : texts.join(', ');
}

function tokensText({ total_tokens, cached_input_tokens }: StatusObject['detail']['usage']): string | null {
  if (total_tokens === null) return null;
  const cached = cached_input_tokens ? `, ${count(cached_input_tokens)} of them from the prompt cache` : '';
  return count(total_tokens) + cached;
}

function costOf({ detail, iterations }: StatusObject): string | null {
  if (detail.cost) return costText(detail.cost) ?? null;
  return iterations > 0 && detail.usage.total_tokens !== null ? UNKNOWN_COST : null;
}

function originText(id: string, from: NonNullable<StatusObject['detail']['from']>): string {
  const source = from.id === id ? 'its run before' : from.id;
  return `${from.kind} of ${source}, iteration ${from.iteration}`;
}

function childrenText(children: StatusObject['detail']['children']): string | null {
  if (children.length === 0) return null;
  return children.map(({ id, kind, iteration }) => `${shortId(id)} (${kind}, iteration ${iteration})`).join(', ');
}

function backgroundText(commands: StatusObject['detail']['background']): string | null {
  if (commands.length === 0) return null;
  return commands
    .map(({ handle, command, state, end }) => `${handle} ${shownLine(command)} (${end ?? state})`)
    .join(', ');
}

/** What the end of a task has cut off; undefined: nothing. */
export function endedCommandsLine({ detail }: StatusObject): string | undefined {
  const ended = detail.background.filter(({ end }) => end === ENDED_WITH_TASK);
  const names = ended.map(({ handle, command }) => `${handle} ${shownLine(command)}`);
  const noun = ended.length === 1 ? 'This background command was' : 'These background commands were';
  return ended.length === 0 ? undefined : `${noun} still running and ended with the task: ${names.join(', ')}`;
}

/** The first line of untrusted text, in so many columns. */
function shownLine(text: string, max = 80): string {
  return cutToWidth(firstLine(visibleLine(firstLine(text, max)), max), max);
}

function hostText(host: string | null, here: string): string {
  if (host === null) return 'none yet';
  return host === here ? `${host} (this host)` : `${host} (its files are there)`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function plural(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}

export function elapsed(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
