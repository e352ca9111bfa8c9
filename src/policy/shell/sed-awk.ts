/**
 * The few scripts of sed and awk that can only print: a grammar of what is harmless, for all else may run programs.
 * Pure.
 */

/** @returns the files that sed would print from; undefined when its options or scripts may do more. */
export function sedFiles(args: readonly string[]): readonly string[] | undefined {
  const [first, ...others] = args.filter((word) => !/^-[nErsuz]+$/.test(word));
  const rest = first === '-e' ? others : [first ?? '', ...others];
  const [script = '', ...files] = rest;
  return isPrinting(script) && !files.some((file) => file.startsWith('-') && file !== '-') ? files : undefined;
}

export function isHarmlessAwk(args: readonly string[]): boolean {
  const script = awkScriptAt(args);
  const files = args.slice(script + 1);
  const text = args[script] ?? '';
  return text.length <= MAX_SCRIPT && AWK.test(text) && files.every((file) => !/^-|=/.test(file));
}

/** Where the script stands, behind `-F ,`. */
export function awkScriptAt(args: readonly string[]): number {
  if (args[0] === '-F') return 2;
  return /^-F/.test(args[0] ?? '') ? 1 : 0;
}

// ---

/** Programs differ on a slash within brackets, so brackets are plain and closed before it. */
const PLAIN = String.raw`(?:[^/\n\\[]|\\[.^$*\[\]() dsw+?|]|\[\^?[^\]^[/\n\\][^\][/\n\\]*\])`;
const ADDRESS = String.raw`(?:\d+|\$|/${PLAIN}+/)`;
const SED_STEP = new RegExp(
  String.raw`^\s*(?:${ADDRESS}(?:\s*,\s*(?:${ADDRESS}|\+\d+))?)?\s*(?:!?[pdq=]|s/${PLAIN}*/[^/\n\\]*/[gIip\d]*)\s*$`,
);

const FIELD = String.raw`(?:\$(?:\d+|NF|\(NF-\d+\))|NR|NF|FNR|FILENAME|"[^"\\\n]*"|\d+)`;
const CONDITION = String.raw`(?:/${PLAIN}*/|(?:NR|FNR|NF|\$\d+)\s*(?:==|!=|>=|<=|>|<|~)\s*(?:\d+|"[^"\\\n]*"|/${PLAIN}*/))`;
const PRINT = String.raw`print(?:\s*${FIELD}(?:(?:\s*,\s*|\s+|(?=["$]))${FIELD})*)?`;
const SUM = String.raw`\w+\s*\+=\s*\$\d+`;
const AWK = new RegExp(
  String.raw`^\s*(?:${CONDITION}(?:\s*(?:&&|\|\|)\s*${CONDITION})*)?\s*(?:\{\s*(?:${PRINT}|${SUM})\s*;?\s*\})?` +
    String.raw`(?:\s*END\s*\{\s*print(?:\s+(?:\w+|${FIELD}))?\s*;?\s*\})?\s*$`,
);
const MAX_SCRIPT = 300;

function isPrinting(script: string): boolean {
  return script.length <= MAX_SCRIPT && script.split(';').every((step) => SED_STEP.test(step));
}
