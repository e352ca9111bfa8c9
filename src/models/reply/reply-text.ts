/**
 * What a reply means: reasoning that it writes as text is cut, and calls that it writes as text are calls. A model with
 * native tools means a call only when its reply is nothing else and names a tool; a model without them speaks the text
 * protocol.
 */
import { type AssistantMessage, lastReply } from '../../domain/conversation.js';
import { startOfCalls, wholeCalls, withoutFence } from '../../domain/text-calls.js';
import { parseTextReply, type TextCall } from '../../domain/text-protocol.js';
import { splitThoughts } from '../../domain/thoughts.js';
import type { ToolSpec } from '../../domain/tool.js';
import { resolveToolName } from '../../domain/tool-names.js';
import { normaliseParameters } from '../../domain/tool-schemas/normalise.js';
import type { Spoken } from '../converse.js';
import { isRecord } from '../errors/provider-words.js';
import type { ModelRequest } from '../model.js';

export interface ReplyRules {
  /** The model has native tools. */
  readonly native: boolean;
  readonly question: Pick<ModelRequest, 'messages' | 'tools'>;
}

/** The reply as it was meant. Its text may be empty when all of it was reasoning. */
export function meantReply(spoken: Spoken, { native, question }: ReplyRules): Spoken {
  const { text } = splitThoughts(spoken.content);
  const own = text === spoken.content ? spoken : { ...spoken, content: text };
  if (own.calls.length > 0 || question.tools.length === 0) return own;
  const read = native ? nativeCalls(text, question) : protocolCalls(text, question.tools);
  if (!read || (CUT.has(own.finish) && !read.complete)) return own;
  const calls = read.calls.map((call, n) => ({
    wire_id: `text_${n + 1}`,
    name: call.name,
    ...(call.problem === undefined ? { args: call.args } : { args: {}, problem: call.problem }),
  }));
  return { ...own, content: read.talk, calls, finish: 'tool-calls' };
}

// --- internal ---

interface ReadCalls {
  readonly talk: string;
  readonly calls: readonly TextCall[];
  /** Text follows the calls, so they are whole even where the reply was cut. */
  readonly complete: boolean;
}

const CUT: ReadonlySet<string> = new Set(['length', 'pause', 'overflow', 'content-filter', 'refusal']);

/** Said once in a row: what is written like a call again after that is an answer about calls. */
const NOT_ALONE =
  'A call in the text of a reply counts only when the reply is nothing but the call. Call the tool again, without other text.';

/** The whole reply is calls of offered tools; or it ends in them, which the model is told. */
function nativeCalls(text: string, { messages, tools }: ReplyRules['question']): ReadCalls | undefined {
  const whole = offered(wholeCalls(text), tools);
  if (whole) return { talk: '', calls: whole, complete: false };
  const { calls, talk, final, after } = parseTextReply(withoutFence(text));
  const named = final ? undefined : offered(calls, tools);
  const ends = after === '' || after.startsWith('OBSERVATION:');
  if (named && ends && talk === '') return { talk, calls: named, complete: after !== '' };
  if (wasTold(lastReply(messages))) return undefined;
  if (named && (talk === '' || (ends && isPlainCall(text, talk)))) return told(talk, named);
  return trailing(text, tools);
}

/** The text protocol wherever it is written, other forms where the reply is nothing else. */
function protocolCalls(text: string, tools: readonly ToolSpec[]): ReadCalls | undefined {
  const whole = wholeCalls(text);
  if (whole) return { talk: '', calls: resolved(whole, tools), complete: false };
  const { calls, talk, final, after } = parseTextReply(text);
  if (final) return undefined;
  if (calls.length > 0) return { talk, calls: resolved(calls, tools), complete: after !== '' };
  return trailing(text, tools);
}

/** Calls in the form of a template after other text. */
function trailing(text: string, tools: readonly ToolSpec[]): ReadCalls | undefined {
  const at = startOfCalls(text);
  const calls = at > 0 ? offered(wholeCalls(text.slice(at)), tools) : undefined;
  return calls && told(text.slice(0, at).trim(), calls);
}

function told(talk: string, calls: readonly TextCall[]): ReadCalls {
  return { talk, calls: calls.map(({ name }) => ({ name, problem: NOT_ALONE })), complete: true };
}

function wasTold(reply: AssistantMessage | undefined): boolean {
  return reply?.calls?.some(({ problem }) => problem === NOT_ALONE) === true;
}

/** Not in a code block and not in a code span, as an explanation would show it. */
function isPlainCall(text: string, talk: string): boolean {
  const fences = talk.match(/^[ \t]*(?:```|~~~)/gm)?.length ?? 0;
  return fences % 2 === 0 && /^(?:\*\*)?TOOL_CALL:/m.test(text);
}

/** The calls under the names of the tools; undefined when one names no tool on offer. */
function offered(calls: readonly TextCall[] | undefined, tools: readonly ToolSpec[]): readonly TextCall[] | undefined {
  if (!calls?.length) return undefined;
  const named = resolved(calls, tools);
  return named.every(({ name }) => tools.some((tool) => tool.name === name)) ? named : undefined;
}

function resolved(calls: readonly TextCall[], tools: readonly ToolSpec[]): TextCall[] {
  const names = tools.map(({ name }) => name);
  return calls.map((call) => {
    const name = resolveToolName(call.name, names) ?? call.name;
    const tool = tools.find((one) => one.name === name);
    return call.problem === undefined && call.texts && tool
      ? { name, args: typed(call.args, tool) }
      : { ...call, name };
  });
}

/** Values that came as texts, in the types that the tool wants. */
function typed(args: Readonly<Record<string, unknown>>, { parameters }: ToolSpec): Record<string, unknown> {
  const { properties } = normaliseParameters(parameters).schema;
  const entries = Object.entries(args).map(([name, value]): [string, unknown] => {
    const schema = isRecord(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
    const isText = !isRecord(schema) || schema.type === 'string';
    return [name, isText ? value : jsonOr(String(value))];
  });
  return Object.fromEntries(entries);
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
