/** How providers say which part of a request a model does not take. Reads foreign text only. */

/** The model cannot be given tools; it can still use the text protocol. */
export function saysNoTools(words: string): boolean {
  return NO_TOOLS.test(words);
}

/** `max_tokens` is refused in favour of `max_completion_tokens`. */
export function refusesMaxTokens(words: string): boolean {
  return /max_tokens/i.test(words) && /(use|instead|prefer)[^.]*max_completion_tokens/i.test(words);
}

/** @returns the most output tokens that the words allow; undefined when they allow what was asked, or speak of other things */
export function outputLimitIn(words: string, asked: number): number | undefined {
  if (!/max_(completion_|output_|new_)?tokens|maxOutputTokens|(output|completion) tokens/i.test(words))
    return undefined;
  for (const [pattern, read] of LIMITS) {
    const found = pattern.exec(words);
    const limit = found ? read(found) : Number.NaN;
    if (Number.isSafeInteger(limit) && limit > 0 && limit < asked) return limit;
  }
  return undefined;
}

/** @returns how long the description of a tool may be, where the words say that one is longer */
export function descriptionLimitIn(words: string): number | undefined {
  const found = /\btools?\b[^\n]{0,200}\bdescription\b[^\n]{0,200}max(?:imum)? length(?: of)? ([1-9]\d{1,5})\b/i.exec(
    words,
  );
  return found ? Number(found[1]) : undefined;
}

export function refusesSystem(words: string): boolean {
  return NO_SYSTEM.test(words);
}

export function refusesEffort(words: string): boolean {
  return /reasoning[_. ]?effort|thinking|reasoning/i.test(words) && UNSUPPORTED.test(words);
}

/** Earlier replies must have their reasoning, also those of another model. */
export function missesReasoning(words: string): boolean {
  return /reasoning_content/i.test(words) && /missing|must|required?|pass(ed)? back|lacks?/i.test(words);
}

/** Earlier calls must have a thought signature, also those of another model. */
export function missesSignature(words: string): boolean {
  return /thought.?signature/i.test(words) && /missing|must|required?|lacks?/i.test(words);
}

/** The provider's own mode for a structured answer, or this schema, is refused. */
export function refusesFormat(words: string): boolean {
  return /response_?(format|schema|mime)|text\.format|output_?(config|format)|json_schema|structured.?output/i.test(
    words,
  );
}

/** A chat template that wants user and assistant to alternate, or the assistant after a tool result. */
export function refusesRoles(words: string): boolean {
  return /roles? must alternate|alternate user\/assistant|unexpected role|after the? ?(optional )?system|expected last role/i.test(
    words,
  );
}

// --- internal ---

const number = (at: number) => (found: RegExpExecArray) => Number(found[at]?.replaceAll(/[,_]/g, ''));

const LIMITS: readonly (readonly [RegExp, (found: RegExpExecArray) => number])[] = [
  // vLLM: (8192 > 4096 - 100)
  [/\((\d+) ?> ?(\d+) ?- ?(\d+)\)/, (found) => Number(found[2]) - Number(found[3])],
  [/at most ([\d,]+) (completion |output )?tokens/i, number(1)],
  [/> ?([\d,]+), which is the maximum/i, number(1)],
  [/less than or equal to [`'"]?([\d,]+)/i, number(1)],
  [/greater than max_model_len=(\d+)/i, number(1)],
  [/range (of [\w` ]+ )?is \[\d+, ?([\d,]+)\]/i, number(2)],
  [/between \d+ and ([\d,]+)/i, number(1)],
  [/from \d+ \(inclusive\) to ([\d,]+)/i, number(1)],
  [/supports? (?:only )?(?:up to )?([\d,]+) (?:completion|output) tokens/i, number(1)],
  [
    /max(?:imum)?(?: allowed)?(?: number of)?(?: value| output tokens| completion tokens)?[^\d]{0,20}?([\d,]+)/i,
    number(1),
  ],
];

const NO_TOOLS = new RegExp(
  [
    'does not support (tools|tool|function)|tools? (use|calling|choice)? ?(is|are) not supported',
    'no endpoints found that support tool use|tool choice requires',
  ].join('|'),
  'i',
);

const NO_SYSTEM = new RegExp(
  [
    'system (role|message|prompt|instruction)s? (is|are)? ?(not|n.t) (supported|allowed|enabled)',
    'does not support (the )?.?(system|developer).? (role|message|prompt|instruction)',
    'developer instruction is not enabled|unsupported .*role.*system',
  ].join('|'),
  'i',
);

const UNSUPPORTED =
  /not (support|allow|accept|permit)|unsupported|unrecogni[sz]ed|unknown (parameter|field|name)|extra inputs/i;
