/**
 * A task as markdown, for the Web UI's current details and for people: prompt, messages, calls and results; the newest
 * are kept when not all fit. Pure.
 */

import { answerCommands } from './answer-command.js';
import { isNotice } from './compaction.js';
import type { Message } from './conversation.js';
import { costText, grouped } from './cost.js';
import { type Phase, statusOf, type TaskRecord } from './task.js';
import { firstLine } from './task-id.js';
import { quoted, quotedName, visibleLine } from './visible.js';
import type { TaskFile } from './wire.js';

/** The Web UI accepts 64 KiB; a UTF-16 code unit is at most three bytes. */
const MAX_UNITS = 20_000;

/** Characters of one text, and of one call's name or arguments. */
interface Bounds {
  readonly part: number;
  readonly code: number;
}
const SHORT: Bounds = { part: 1_500, code: 300 };
const WHOLE: Bounds = { part: Number.POSITIVE_INFINITY, code: Number.POSITIVE_INFINITY };

export interface TranscriptHeader {
  readonly prompt: string;
  readonly record: TaskRecord;
  readonly phase: Phase;
  readonly reason: string | null;
  /** The id as the command takes it. */
  readonly id: string;
  readonly name?: string | undefined;
  /** The calls that wait for a person. */
  readonly waits?: readonly string[];
}

export function transcriptMarkdown(standing: TranscriptHeader, messages: readonly Message[]): string {
  const { record, prompt, name, phase, id, waits = [] } = standing;
  const commands = answerCommands(phase, id).map((command) => `\`${command}\``);
  const { finish } = record;
  const ended = finish === undefined || finish === 'stop' || finish === 'tool-calls' ? '' : ` · last reply: ${finish}`;
  const head = [
    `## ${visibleLine(name === undefined ? firstLine(prompt, 120) : `${name} · ${firstLine(prompt, 120)}`)}`,
    `**${statusOf(record.state).toLowerCase()}** · ${standing.phase}${standing.reason ? `: ${visibleLine(standing.reason)}` : ''}`,
    ...(phase === 'waiting_approval' ? waits.map((call) => `- ${inlineCode(call, 100)}`) : []),
    ...(commands.length > 0 ? [`To continue it: ${commands.join(' or ')}`] : []),
    `iteration ${record.iterations} · ${record.model ?? 'no model yet'} · ${spentText(record)}${ended}`,
  ].join('\n\n');
  return `${head}\n\n${newest(messages, MAX_UNITS - head.length)}`;
}

/** Everything, uncut: for a file. */
export function fullTranscript(
  { id, prompt, status, created_at, iterations, model, error }: TranscriptFacts,
  messages: readonly Message[],
): string {
  const head = [
    `# ${visibleLine(firstLine(prompt, 120))}`,
    `**${status.toLowerCase()}** · task ${id} · ${created_at} · iteration ${iterations} · ${model ?? 'no model yet'}`,
    ...(error === null ? [] : [`Error: ${visibleLine(error)}`]),
  ];
  return [...head, ...partsOf(messages, (message) => render(message, WHOLE))].join('\n\n');
}

type TranscriptFacts = Pick<TaskFile, 'id' | 'prompt' | 'status' | 'created_at' | 'iterations' | 'model' | 'error'>;

// ---

function spentText({ usage }: TaskRecord): string {
  const tokens = `${grouped(usage.total_tokens)} tokens`;
  return usage.cost?.source ? `${tokens} · ${costText(usage.cost)}` : tokens;
}

function newest(messages: readonly Message[], room: number): string {
  const parts: string[] = [];
  let left = room;
  let iteration = messages.filter(({ role }) => role === 'assistant').length;
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i];
    if (!message || message.role === 'system') continue;
    const part = message.role === 'assistant' ? `### iteration ${iteration--}${textOf(message)}` : textOf(message);
    left -= part.length;
    if (left < 0) return ['_earlier messages are in the history_', ...parts].join('\n\n');
    parts.unshift(part);
  }
  return parts.join('\n\n');
}

function partsOf(messages: readonly Message[], show: (message: Message) => string): string[] {
  let iteration = 0;
  return messages
    .filter(({ role }) => role !== 'system')
    .map((message) => (message.role === 'assistant' ? `### iteration ${++iteration}${show(message)}` : show(message)));
}

const texts = new WeakMap<Message, string>();

/** Cached: messages are immutable, and each is shown again with every iteration. */
function textOf(message: Message): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const text = render(message, SHORT);
  texts.set(message, text);
  return text;
}

/** The part of a reply after its heading. */
function render(message: Message, { part, code }: Bounds): string {
  if (message.role === 'user' && message.removed) return `**Earlier replies**\n\n${cut(message.content, part)}`;
  if (message.role === 'user') return `**Asked**\n\n${cut(message.content, part)}`;
  if (message.role === 'assistant') {
    const calls = (message.calls ?? []).map(
      ({ name, args }) => `- call ${inlineCode(quotedName(name), code)} ${inlineCode(quoted(args), code)}`,
    );
    return ['', cut(message.content, part), calls.join('\n')].filter((part, n) => n === 0 || part !== '').join('\n\n');
  }
  if (message.role === 'tool' && !isNotice(message))
    return `_${message.outcome}_\n\n${fenced(cut(message.content, part))}`;
  return `_${cut(message.content, part)}_`;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function inlineCode(text: string, most: number): string {
  return `\`${cut(text, most).replaceAll('`', 'ʼ')}\``;
}

/** A fence longer than any inside the text: output cannot close it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
