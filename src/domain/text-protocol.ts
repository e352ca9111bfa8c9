/**
 * RavenClaws' text protocol: `TOOL_CALL:` and `ARGS:` lines, `OBSERVATION:` answers, the `FINAL:` prefix. Pure. Lenient
 * in parsing (a broken call is reported to the model, never a failure), exact in writing.
 */
import type { CallOutcome, ToolSpec } from './tool.js';
import { normaliseParameters } from './tool-schemas/normalise.js';

export type TextCall =
  | {
      readonly name: string;
      readonly args: Readonly<Record<string, unknown>>;
      /** The form does not tell a number from a text: all values are texts. */
      readonly texts?: true;
      readonly problem?: undefined;
    }
  | { readonly name: string; readonly problem: string };

export interface TextReply {
  readonly calls: readonly TextCall[];
  /** The text before the first call. Text after a call is ignored: it is an invented observation. */
  readonly talk: string;
  /** Whether the reply begins with `FINAL:`: it is the answer, and no call in it counts. */
  readonly final: boolean;
  /** What follows the arguments of the last call. */
  readonly after: string;
}

const CALL = 'TOOL_CALL:';
const ARGS = 'ARGS:';
const FINAL = 'FINAL:';

/** The calls of a reply, in order, and whether it is the answer. Markup around the protocol's words is allowed. */
export function parseTextReply(content: string): TextReply {
  const [before = '', ...sections] = splitAtCalls(content.split('\n'));
  const parsed = sections.flatMap((section) => parseSection(section) ?? []);
  const calls = parsed.map(({ call }) => call);
  return { calls, talk: before.trim(), final: FINAL_PREFIX.test(content), after: parsed.at(-1)?.after ?? '' };
}

/** The answer in a reply: without the `FINAL:` that it may begin with. */
export function finalText(content: string): string {
  return content.replace(FINAL_PREFIX, '').trim();
}

export function renderTextCall(name: string, args: unknown): string {
  return `${CALL} ${name}\n${ARGS} ${JSON.stringify(args)}`;
}

export function renderObservation(outcome: CallOutcome, content: string): string {
  return outcome === 'ok' ? `OBSERVATION: ${content}` : `OBSERVATION: Tool failed with error: ${content}`;
}

/** Explains the protocol to a model without native tool calls. Empty when there are no tools. */
export function textProtocolInstructions(tools: readonly ToolSpec[]): string {
  if (tools.length === 0) return '';
  const list = tools.map(({ name, description, parameters }) => {
    return `- ${name}: ${description}\n  ${ARGS} ${JSON.stringify(normaliseParameters(parameters).schema)}`;
  });
  return [
    'You can use tools. To use one, write these two lines and nothing after them:',
    `${CALL} <name of the tool>`,
    `${ARGS} <its arguments as one JSON object on one line>`,
    'The next message then starts with OBSERVATION: and holds the result. Never write an OBSERVATION yourself.',
    `When the work is done, write ${FINAL} and then your answer.`,
    '',
    'The tools, each with the JSON Schema of its arguments:',
    ...list,
  ].join('\n');
}

// --- internal ---

/** Markdown around a word of the protocol. */
const FINAL_PREFIX = /^\s*(?:\*\*|__)?FINAL:(?:\*\*|__)?/;
const CALL_LINE = /^[ \t]*[*_`#]*TOOL_CALL[*_`]*:[*_`]*/;
const ARGS_LINE = /^[ \t]*[*_`]*ARGS[*_`]*:[*_`]*/;
/** A longer one is no name of a tool. */
const MAX_NAME = 300;
const FENCE = /^\s*```\w*\s*/;

/** The text before the first call line, then one piece for each call line and what follows it. */
function splitAtCalls(lines: readonly string[]): string[] {
  const pieces: string[][] = [[]];
  for (const line of lines) {
    if (CALL_LINE.test(line)) pieces.push([]);
    pieces.at(-1)?.push(line);
  }
  return pieces.map((piece) => piece.join('\n'));
}

interface Section {
  readonly call: TextCall;
  readonly after: string;
}

function parseSection(section: string): Section | undefined {
  const [line = '', ...lines] = section.split('\n');
  const said = line.replace(CALL_LINE, '').trim();
  const head = said.slice(0, MAX_NAME);
  const beside = /^([^\s(){}]+)\s*\(?\s*(?=\{)/.exec(head);
  const name = (beside?.[1] ?? head).replace(/^[*`"']+|[*`"':,]+$/g, '').replace(/\(\)$/, '');
  if (name === '') return undefined;
  const text = beside ? [said.slice(beside[0].length), ...lines].join('\n') : argumentsIn(lines);
  if (text === undefined) {
    return { call: { name, problem: `no ${ARGS} line follows ${CALL} ${name}` }, after: lines.join('\n').trim() };
  }
  const end = endOfJson(text);
  const after = text.slice(end).replace(/^[\s)`]+/, '');
  return { call: { name, ...parseArguments(text.slice(0, end)) }, after };
}

/** What follows `ARGS:`, or a code block directly after the call line; from the arguments to the end. */
function argumentsIn(lines: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => ARGS_LINE.test(line));
  const text = lines.slice(Math.max(at, 0)).join('\n');
  if (at !== -1) return text.replace(ARGS_LINE, '').replace(FENCE, '').trimStart();
  return FENCE.test(text) ? text.replace(FENCE, '') : undefined;
}

export function parseArguments(text: string): { args: Record<string, unknown> } | { problem: string } {
  try {
    const args: unknown = JSON.parse(text);
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) {
      return { args: args as Record<string, unknown> };
    }
    return { problem: 'the arguments are not a JSON object' };
  } catch {
    return { problem: 'the arguments are not valid JSON' };
  }
}

/**
 * Where the JSON value at the start of `text` ends. Arguments may span lines, and text may follow them. One pass:
 * trying to parse after every line would take minutes on a large broken reply.
 */
function endOfJson(text: string): number {
  const newline = text.indexOf('\n');
  const endOfLine = newline === -1 ? text.length : newline;
  if (!text.startsWith('{') && !text.startsWith('[')) return endOfLine;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return i + 1;
  }
  return endOfLine;
}
