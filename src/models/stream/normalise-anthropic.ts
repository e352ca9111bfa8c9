/**
 * An event of Anthropic's protocol as its description has it, from Anthropic and from endpoints that imitate it. Events,
 * blocks and deltas of an unknown type are left out: new ones are announced as something to be ignored.
 */

import { isRecord, parseJson } from '../errors/provider-words.js';
import {
  argumentsText,
  type Frame,
  indexIn,
  textOf,
  tokenCount,
  UnreadableField,
  withTokenCounts,
} from './frame-fields.js';

/** One for each stream. @returns undefined for an event that says nothing. */
export function anthropicNormaliser(): (event: Frame) => Frame | undefined {
  const skipped = new Set<number>();
  let current = -1;
  return (event) => {
    if (event.type === 'message_start') return messageStart(event);
    if (event.type === 'message_delta') return messageDelta(event);
    if (event.type === 'message_stop') return event;
    if (!/^content_block_(start|delta|stop)$/.test(String(event.type))) return undefined;
    const starts = event.type === 'content_block_start';
    current = indexIn(event.index) ?? current + (starts ? 1 : 0);
    const index = Math.max(0, current);
    if (starts) {
      const content_block = blockOf(event.content_block, index);
      if (content_block === undefined) skipped.add(index);
      else skipped.delete(index);
      return content_block && { ...event, index, content_block };
    }
    if (skipped.has(index)) return undefined;
    if (event.type === 'content_block_stop') return { ...event, index };
    const delta = deltaOf(event.delta);
    return delta && { ...event, index, delta };
  };
}

// --- internal ---

function messageStart(event: Frame): Frame {
  if (!isRecord(event.message)) throw new UnreadableField('message', 'an object');
  const { id, model, role, content: _, stop_reason: __, ...others } = event.message;
  return {
    ...event,
    message: {
      ...others,
      id: textOf(id) ?? null,
      model: textOf(model) ?? null,
      role: textOf(role) ?? 'assistant',
      // What it holds comes again in blocks.
      content: [],
      stop_reason: null,
      usage: usageOf(event.message.usage, 'input_tokens'),
    },
  };
}

function messageDelta(event: Frame): Frame {
  const { stop_reason, stop_sequence, ...others } = isRecord(event.delta) ? event.delta : {};
  const delta = { ...others, stop_reason: stop_reason === '' ? null : (textOf(stop_reason) ?? null) };
  return {
    ...event,
    delta: { ...delta, stop_sequence: textOf(stop_sequence) ?? null },
    usage: usageOf(event.usage, 'output_tokens'),
  };
}

/** Usage in which that count is always present: the protocol requires it. */
function usageOf(value: unknown, required: 'input_tokens' | 'output_tokens'): Record<string, unknown> {
  const counts = isRecord(value) ? withTokenCounts(value) : {};
  return { ...counts, [required]: tokenCount(counts[required]) ?? 0 };
}

/** Blocks that the AI SDK reads, beside those below. */
const OTHER_BLOCKS = /^(redacted_thinking|compaction|server_tool_use|mcp_tool_use|[a-z_]+_tool_result|fallback)$/;

function blockOf(value: unknown, index: number): Record<string, unknown> | undefined {
  if (!isRecord(value)) throw new UnreadableField(`content_block ${index}`, 'an object');
  if (value.type === 'text') return { ...value, text: textOf(value.text) ?? '' };
  if (value.type === 'thinking') return { ...value, thinking: textOf(value.thinking) ?? '' };
  if (value.type !== 'tool_use') return OTHER_BLOCKS.test(String(value.type)) ? value : undefined;
  const name = textOf(value.name);
  if (name === undefined) throw new UnreadableField(`content_block ${index}.name`, 'text');
  const input = typeof value.input === 'string' ? parseJson(value.input) : value.input;
  return { ...value, id: textOf(value.id) ?? `call_${index}`, name, input: isRecord(input) ? input : {} };
}

function deltaOf(value: unknown): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  const type = value.type ?? KINDS.find(([field]) => field in value)?.[1];
  const field = KINDS.find(([, kind]) => kind === type)?.[0];
  if (field === undefined) return type === 'citations_delta' || type === 'compaction_delta' ? value : undefined;
  const said = field === 'partial_json' ? argumentsText(value[field]) : textOf(value[field]);
  return { ...value, type, [field]: said ?? '' };
}

const KINDS = [
  ['text', 'text_delta'],
  ['partial_json', 'input_json_delta'],
  ['thinking', 'thinking_delta'],
  ['signature', 'signature_delta'],
] as const;
