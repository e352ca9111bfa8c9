/**
 * A task as markdown, for the Web UI's current details and for people: prompt, messages, calls and results; the newest
 * are kept when not all fit. Pure.
 */

import { isNotice } from './compaction.js';
import type { Message } from './conversation.js';
import { costText, grouped } from './cost.js';
import { type Phase, statusOf, type TaskRecord } from './task.js';
import { firstLine } from './task-id.js';
import { quoted, quotedName, visibleLine } from './visible.js';

/** The Web UI accepts 64 KiB; a UTF-16 code unit is at most three bytes. */
const MAX_UNITS = 20_000;
const MAX_PART = 1_500;

export interface TranscriptHeader {
  readonly prompt: string;
  readonly record: TaskRecord;
  readonly phase: Phase;
  readonly reason: string | null;
}

export function transcriptMarkdown(standing: TranscriptHeader, messages: readonly Message[]): string {
  const { record, prompt } = standing;
  const { finish } = record;
  const ended = finish === undefined || finish === 'stop' || finish === 'tool-calls' ? '' : ` · last reply: ${finish}`;
  const head = [
    `## ${visibleLine(firstLine(prompt, 120))}`,
    `**${statusOf(record.state).toLowerCase()}** · ${standing.phase}${standing.reason ? `: ${visibleLine(standing.reason)}` : ''}`,
    `iteration ${record.iterations} · ${record.model ?? 'no model yet'} · ${spentText(record)}${ended}`,
  ].join('\n\n');
  return `${head}\n\n${newest(messages, MAX_UNITS - head.length)}`;
}

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

const texts = new WeakMap<Message, string>();

/** Cached: messages are immutable, and each is shown again with every iteration. */
function textOf(message: Message): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const text = render(message);
  texts.set(message, text);
  return text;
}

/** The part of a reply after its heading. */
function render(message: Message): string {
  if (message.role === 'user') return `**Asked**\n\n${cut(message.content)}`;
  if (message.role === 'assistant') {
    const calls = (message.calls ?? []).map(
      ({ name, args }) => `- call ${inlineCode(quotedName(name))} ${inlineCode(quoted(args))}`,
    );
    return ['', cut(message.content), calls.join('\n')].filter((part, n) => n === 0 || part !== '').join('\n\n');
  }
  if (message.role === 'tool' && !isNotice(message)) return `_${message.outcome}_\n\n${fenced(cut(message.content))}`;
  return `_${cut(message.content)}_`;
}

function cut(text: string): string {
  if (text.length <= MAX_PART) return text;
  return `${text.slice(0, MAX_PART).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function inlineCode(text: string): string {
  return `\`${cut(text).replaceAll('`', 'ʼ').slice(0, 300)}\``;
}

/** A fence longer than any inside the text: output cannot close it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
