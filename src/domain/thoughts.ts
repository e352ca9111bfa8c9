/**
 * Reasoning that a model writes into its reply as text: servers that do not take it apart pass it on with its tags. It is
 * not what was said: no call is read in it and it is no part of a result. Pure.
 */

export interface Thoughts {
  /** Without its tags; empty when there are none. */
  readonly thoughts: string;
  readonly text: string;
}

/**
 * Only what opens a reply is reasoning: in tags, in a tag that is never closed, or before an end tag whose start was in the
 * prompt. Tags later in the text, in code and in quotation marks are text.
 */
export function splitThoughts(reply: string): Thoughts {
  const thoughts: string[] = [];
  let at = 0;
  for (let block = blockAt(reply, at); block; block = blockAt(reply, at)) {
    thoughts.push(reply.slice(block.from, block.to).trim());
    at = block.end;
  }
  const headless = at === 0 ? headlessEnd(reply) : undefined;
  if (headless) {
    thoughts.push(reply.slice(0, headless.to).trim());
    at = headless.end;
  }
  const text = at === 0 ? reply : reply.slice(at).trimStart();
  return { thoughts: thoughts.join('\n\n'), text: withoutFinalChannel(text) };
}

// ---

interface Block {
  readonly from: number;
  readonly to: number;
  /** Where the text after its end tag begins. */
  readonly end: number;
}

const NAMES = 'think|thinking|thought|thoughts|reasoning|seed:think';

/** Start and end tags: the common ones, those of Magistral and Kimi, and the channels of gpt-oss. */
const TAGS: readonly (readonly [RegExp, (start: RegExpExecArray) => string])[] = [
  [new RegExp(`\\s*<(${NAMES})>`, 'iy'), ([, name]) => `</${name}>`],
  [/\s*\[THINK\]/y, () => '[/THINK]'],
  [/\s*◁think▷/y, () => '◁/think▷'],
  [/\s*(?:<\|start\|>assistant)?<\|channel\|>analysis<\|message\|>/y, () => '<|end|>'],
];

const FINAL_CHANNEL = /^\s*(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>/;
const FINAL_END = /<\|(?:return|end)\|>$/;

/** A block whose start tag is there. One that is never closed goes to the end. */
function blockAt(reply: string, at: number): Block | undefined {
  for (const [start, endOf] of TAGS) {
    start.lastIndex = at;
    const found = start.exec(reply);
    if (!found) continue;
    const from = start.lastIndex;
    const end = new RegExp(endOf(found).replace(/[|[\]]/g, '\\$&'), 'gi');
    end.lastIndex = from;
    const closed = end.exec(reply);
    return { from, to: closed?.index ?? reply.length, end: closed ? end.lastIndex : reply.length };
  }
  return undefined;
}

/** An end tag without a start tag before it. */
function headlessEnd(reply: string): Omit<Block, 'from'> | undefined {
  const end = new RegExp(`</(?:${NAMES})>`, 'gi');
  const found = end.exec(reply);
  if (!found) return undefined;
  const before = reply.slice(0, found.index);
  if (new RegExp(`<(?:${NAMES})>`, 'i').test(before) || isQuoted(before)) return undefined;
  return { to: found.index, end: end.lastIndex };
}

/** Whether what follows is in a code block, in a code span or in quotation marks. */
function isQuoted(before: string): boolean {
  const fences = before.match(/^[ \t]*(?:```|~~~)/gm)?.length ?? 0;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const ticks = line.match(/`/g)?.length ?? 0;
  return fences % 2 === 1 || ticks % 2 === 1 || /["'“‘«]$/.test(line) || /^[ \t]*>/.test(line);
}

function withoutFinalChannel(text: string): string {
  const start = FINAL_CHANNEL.exec(text);
  return start ? text.slice(start[0].length).trimEnd().replace(FINAL_END, '') : text;
}
