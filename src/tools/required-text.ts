/**
 * Texts of which every line that matches must hold one. A search for them first finds all files that matter, in any
 * dialect of regular expressions, without knowing any. Pure.
 */

/** @returns undefined when none can be determined. */
export function requiredTexts(pattern: string, regex: boolean): readonly string[] | undefined {
  const texts = regex ? ofExpression(pattern) : [pattern];
  return texts?.every(isPlain) ? texts : undefined;
}

// ---

/** Characters that decoding replaces, or that cannot be passed to a program, may differ in the file. */
function isPlain(text: string): boolean {
  return text !== '' && text.isWellFormed() && !/[\0\n\uFFFD]/.test(text);
}

/** The longest text of each alternative; what is in groups and classes is passed over. */
function ofExpression(pattern: string): string[] | undefined {
  const texts: string[] = [];
  let [best, run] = ['', ''];
  const cut = (text = run): void => {
    if (text.length > best.length) best = text;
    run = '';
  };
  for (let at = 0; at < pattern.length; ) {
    const token = tokenAt(pattern, at);
    if (!token) return undefined;
    at += token.length;
    if (token.kind === 'char') run += token.char;
    // It may mean zero times: then the character before it is not required.
    else if (token.kind === 'quantifier') cut(run.slice(0, -1));
    else cut();
    if (token.kind === 'or') {
      texts.push(best);
      best = '';
    }
  }
  cut();
  return [...texts, best];
}

type Token =
  | { readonly kind: 'char'; readonly char: string; readonly length: number }
  | { readonly kind: 'quantifier' | 'or' | 'other'; readonly length: number };

/** @returns undefined when not understood. A text may be too short, but must always be present. */
function tokenAt(pattern: string, at: number): Token | undefined {
  const char = pattern[at] ?? '';
  if (char === '\\') return escapeAt(pattern, at);
  if (char === '|') return { kind: 'or', length: 1 };
  if (/[*?]/.test(char)) return { kind: 'quantifier', length: 1 };
  if (/[.^$)\]}+]/.test(char)) return { kind: 'other', length: 1 };
  if (char === '{') {
    const [counted] = /^\{\d+(,\d*)?\}/.exec(pattern.slice(at)) ?? [];
    return counted ? { kind: 'quantifier', length: counted.length } : { kind: 'other', length: 1 };
  }
  const end = char === '[' ? endOfClass(pattern, at) : char === '(' ? endOfGroup(pattern, at) : undefined;
  if (/[[(]/.test(char)) return end === undefined ? undefined : { kind: 'other', length: end - at };
  return { kind: 'char', char, length: 1 };
}

function escapeAt(pattern: string, at: number): Token | undefined {
  const char = pattern[at + 1] ?? '';
  if (/^[dDwWsSbB]$/.test(char)) return { kind: 'other', length: 2 };
  return char === '' || /\w/.test(char) ? undefined : { kind: 'char', char, length: 2 };
}

function endOfClass(pattern: string, start: number): number | undefined {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === ']') return at + 1;
  }
  return undefined;
}

function endOfGroup(pattern: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '[') at = (endOfClass(pattern, at) ?? pattern.length) - 1;
    else if (pattern[at] === '(') depth++;
    else if (pattern[at] === ')' && --depth === 0) return at + 1;
  }
  return undefined;
}
