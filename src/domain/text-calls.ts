/**
 * Calls that a model writes as text in the form of its own template, where its server does not take them apart: JSON, the
 * tags of Qwen, Llama, GLM, Mistral and others, the channel of gpt-oss. Read only when the whole text is calls. Pure.
 */
import { parseArguments, type TextCall } from './text-protocol.js';

/** The calls of a text that is nothing else; undefined when it is anything else. */
export function wholeCalls(text: string): readonly TextCall[] | undefined {
  const whole = withoutFence(text.trim());
  for (const read of READERS) {
    const calls = read(whole);
    if (calls && calls.length > 0) return calls;
  }
  return undefined;
}

/** The text without the code block that holds all of it. */
export function withoutFence(text: string): string {
  if (!text.startsWith('```') || !text.endsWith('```') || text.length < 7) return text;
  const newline = text.indexOf('\n');
  const inner = newline === -1 ? '' : text.slice(newline + 1, -3);
  return inner === '' || inner.includes('```') ? text : inner.trim();
}

/** Where a line begins like one of these calls, outside code; -1 when none does. */
export function startOfCalls(text: string): number {
  let fenced = false;
  let at = 0;
  for (const line of text.split('\n')) {
    if (/^[ \t]*(?:```|~~~)/.test(line)) fenced = !fenced;
    else if (!fenced && OPENING.test(line)) return at;
    at += line.length + 1;
  }
  return -1;
}

// ---

type Reader = (text: string) => readonly TextCall[] | undefined;
type Json = Readonly<Record<string, unknown>>;

const OPENING =
  /^(?:<(?:tool_call|function_call|function_calls|tool_use)>|<function=|<invoke name=|\[TOOL_CALLS\]|<\|python_tag\|>|(?:<\|start\|>assistant)?<\|channel\|>commentary)/;

const READERS: readonly Reader[] = [fromJson, fromTags, fromFunctionTags, fromMistral, fromChannel];

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fromJson(text: string): readonly TextCall[] | undefined {
  const json = text.startsWith('<|python_tag|>') ? text.slice('<|python_tag|>'.length).trim() : text;
  if (!json.startsWith('{') && !json.startsWith('[')) return undefined;
  try {
    return callsIn(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The form of the API is a list in an object with an object in it. */
const MAX_DEPTH = 4;
const NAME_KEYS = ['name', 'tool', 'tool_name', 'function'];
const ARGUMENT_KEYS = ['arguments', 'args', 'parameters', 'input'];

/** A value with a name and arguments, a list of such, or the form of the API. */
function callsIn(value: unknown, depth = 0): readonly TextCall[] | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    const calls = value.map((one) => callsIn(one, depth + 1));
    return calls.every((one) => one !== undefined) ? calls.flat() : undefined;
  }
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.tool_calls)) return callsIn(value.tool_calls, depth + 1);
  if (isObject(value.function)) return callsIn(value.function, depth + 1);
  const name = NAME_KEYS.map((key) => value[key]).find((one) => typeof one === 'string');
  const args = ARGUMENT_KEYS.filter((key) => Object.hasOwn(value, key)).map((key) => value[key])[0];
  if (typeof name !== 'string' || args === undefined) return undefined;
  if (typeof args === 'string') return [{ name, ...parseArguments(args) }];
  return isObject(args) ? [{ name, args }] : [{ name, problem: 'the arguments are not a JSON object' }];
}

/** `<tool_call>…</tool_call>`, once or more; the last end tag may be missing. */
function fromTags(text: string): readonly TextCall[] | undefined {
  const bodies = bodiesOf(text, /\s*<(tool_call|function_call|function_calls|tool_use)>/y);
  const calls = bodies?.map(
    (body) => callsIn(orUndefined(body)) ?? fromFunctionTags(body) ?? fromKeyTags(body) ?? brokenJson(body),
  );
  return calls?.every((one) => one !== undefined) ? calls.flat() : undefined;
}

/** `<function=NAME>…</function>` or `<invoke name="NAME">…</invoke>`, the arguments as JSON or each in a tag. */
function fromFunctionTags(text: string): readonly TextCall[] | undefined {
  const found: TextCall[] = [];
  const start = /\s*<(?:(function)=|(invoke) name=)["']?([^\s"'>]{1,200})["']?>/y;
  let at = 0;
  for (let tag = start.exec(text); tag; tag = start.exec(text)) {
    const end = `</${tag[1] ?? tag[2]}>`;
    const to = text.indexOf(end, start.lastIndex);
    const body = text.slice(start.lastIndex, to === -1 ? text.length : to).trim();
    at = to === -1 ? text.length : to + end.length;
    start.lastIndex = at;
    const name = tag[3] ?? '';
    found.push(
      body.startsWith('{') ? { name, ...parseArguments(body) } : { name, args: parametersIn(body), texts: true },
    );
  }
  return at > 0 && text.slice(at).trim() === '' ? found : undefined;
}

/** `<parameter=KEY>VALUE</parameter>` or `<parameter name="KEY">VALUE</parameter>`. */
function parametersIn(body: string): Json {
  const pieces = body.split(/<parameter(?:=| name=)/).slice(1);
  const entries = pieces.flatMap((piece): [string, unknown][] => {
    const to = piece.indexOf('>');
    if (to === -1) return [];
    const [value = ''] = piece.slice(to + 1).split('</parameter>');
    return [[piece.slice(0, to).replace(/["']/g, ''), withoutEdges(value)]];
  });
  return Object.fromEntries(entries);
}

/** GLM: the name, then `<arg_key>KEY</arg_key><arg_value>VALUE</arg_value>` for each argument. */
function fromKeyTags(body: string): readonly TextCall[] | undefined {
  const [head = '', ...pieces] = body.split('<arg_key>');
  const name = head.trim();
  if (!/^[\w.-]{1,200}$/.test(name)) return undefined;
  const entries = pieces.map((piece): [string, unknown] => {
    const [key = '', rest = ''] = piece.split('</arg_key>');
    return [
      key.trim(),
      withoutEdges(
        rest
          .trim()
          .replace(/^<arg_value>/, '')
          .split('</arg_value>')[0] ?? '',
      ),
    ];
  });
  return [{ name, args: Object.fromEntries(entries), texts: true }];
}

/** `[TOOL_CALLS]` before a list, or before each name and `[ARGS]`. */
function fromMistral(text: string): readonly TextCall[] | undefined {
  if (!text.startsWith('[TOOL_CALLS]')) return undefined;
  const pieces = text.split('[TOOL_CALLS]').slice(1);
  const calls = pieces.map((piece) => {
    const [name = '', args] = piece.split('[ARGS]');
    if (args === undefined) return fromJson(piece.trim());
    return [{ name: name.trim(), ...parseArguments(args.trim()) }];
  });
  return calls.every((one) => one !== undefined) ? calls.flat() : undefined;
}

const CHANNEL =
  /^(?:<\|start\|>assistant)?<\|channel\|>commentary to=(\S{1,200}) ?(?:<\|constrain\|>)?(?:json)?<\|message\|>([\s\S]*)$/;

function fromChannel(text: string): readonly TextCall[] | undefined {
  const found = CHANNEL.exec(text);
  if (!found) return undefined;
  return [{ name: found[1] ?? '', ...parseArguments((found[2] ?? '').replace('<|call|>', '').trim()) }];
}

/** A call is meant, and its name can be read. */
function brokenJson(body: string): readonly TextCall[] | undefined {
  const name = /"name"\s{0,9}:\s{0,9}"([^"]{1,200})"/.exec(body)?.[1];
  return name === undefined ? undefined : [{ name, problem: 'the arguments are not valid JSON' }];
}

function withoutEdges(text: string): string {
  return text.replace(/^\n|\n$/g, '');
}

/** The contents of tags that follow each other and are all of the text. */
function bodiesOf(text: string, start: RegExp): string[] | undefined {
  const bodies: string[] = [];
  let at = 0;
  for (let tag = start.exec(text); tag; tag = start.exec(text)) {
    const end = `</${tag[1]}>`;
    const to = text.indexOf(end, start.lastIndex);
    bodies.push(text.slice(start.lastIndex, to === -1 ? text.length : to).trim());
    at = to === -1 ? text.length : to + end.length;
    start.lastIndex = at;
  }
  return at > 0 && text.slice(at).trim() === '' ? bodies : undefined;
}

function orUndefined(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
