/**
 * RavenClaws' text protocol: `TOOL_CALL:` and `ARGS:` lines, `OBSERVATION:` answers, the `FINAL:` prefix. Pure. Lenient
 * in parsing (a broken call is reported to the model, never a failure), exact in writing.
 */
import type { CallOutcome, ToolSpec } from './tool.js';
import { normaliseParameters } from './tool-schemas.js';

export type TextCall =
  | { readonly name: string; readonly args: Readonly<Record<string, unknown>>; readonly problem?: undefined }
  | { readonly name: string; readonly problem: string };

export interface TextReply {
  readonly calls: readonly TextCall[];
  /** The text before the first call. Text after a call is ignored: it is an invented observation. */
  readonly talk: string;
  /** The answer, when `FINAL:` comes before any call. */
  readonly final?: string;
}

const CALL = 'TOOL_CALL:';
const ARGS = 'ARGS:';
const FINAL = 'FINAL:';

/** The calls of a reply, in order, and its answer if it gives one. */
export function parseTextReply(content: string): TextReply {
  const [before = '', ...sections] = splitAtCalls(content.split('\n'));
  const calls = sections.flatMap((section) => parseSection(section) ?? []);
  const talk = before.trim();
  return talk.includes(FINAL) ? { calls, talk, final: finalText(talk) } : { calls, talk };
}

/** The answer in a reply: the text between the first and the second `FINAL:`, or all of it when there is none. */
export function finalText(content: string): string {
  const parts = content.split(FINAL);
  return (parts.length > 1 ? (parts[1] ?? '') : content).trim();
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

/** The text before the first call line, then one piece for each call line and what follows it. */
function splitAtCalls(lines: readonly string[]): string[] {
  const pieces: string[][] = [[]];
  for (const line of lines) {
    if (line.trim().startsWith(CALL)) pieces.push([]);
    pieces.at(-1)?.push(line);
  }
  return pieces.map((piece) => piece.join('\n'));
}

function parseSection(section: string): TextCall | undefined {
  const lines = section.split('\n');
  const name = (lines[0] ?? '').trim().slice(CALL.length).trim();
  if (name === '') return undefined;
  const at = lines.findIndex((line, i) => i > 0 && line.trim().startsWith(ARGS));
  if (at === -1) return { name, problem: `no ${ARGS} line follows ${CALL} ${name}` };
  const text = lines.slice(at).join('\n').trimStart().slice(ARGS.length).trimStart();
  return { name, ...parseArgs(text.slice(0, endOfJson(text))) };
}

function parseArgs(text: string): { args: Record<string, unknown> } | { problem: string } {
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
