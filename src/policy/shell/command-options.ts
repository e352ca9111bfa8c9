/**
 * Arguments of a command against the options that are known to be harmless: whatever is not named here is not. Pure.
 */

/** What a command may be given. Operands are what is left: files, most often. */
export interface Allowed {
  /** Letters that take no value. */
  readonly short?: string;
  /** Letters whose value follows in the same word or in the next. */
  readonly shortValue?: string;
  /** Whole names, with or without `=value`. */
  readonly long?: readonly string[];
  /** Names that take `=value` or the next word. */
  readonly longValue?: readonly string[];
  /** `-20`. */
  readonly digits?: boolean;
}

export interface Arguments {
  readonly options: readonly string[];
  readonly values: readonly string[];
  /** The options that have a value, with it. */
  readonly valued: readonly { readonly name: string; readonly value: string }[];
  /** With their places among the arguments. */
  readonly operands: readonly { readonly text: string; readonly at: number }[];
}

/** @returns undefined for something not allowed, or not distinguishable from it. */
export function argumentsOf(args: readonly string[], allowed: Allowed): Arguments | undefined {
  const read = {
    options: [] as string[],
    values: [] as string[],
    valued: [] as { name: string; value: string }[],
    operands: [] as { text: string; at: number }[],
  };
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--') {
      for (at++; at < args.length; at++) read.operands.push({ text: args[at] ?? '', at });
    } else if (!word.startsWith('-') || word === '-') {
      read.operands.push({ text: word, at });
    } else {
      const option = optionOf(word, allowed);
      if (!option) return undefined;
      read.options.push(...option.names);
      const value = option.needsValue ? args[++at] : option.value;
      // A value that looks like an option may be one, to a program that counts otherwise.
      if (option.needsValue && (value === undefined || value.startsWith('-'))) return undefined;
      if (value === undefined) continue;
      read.values.push(value);
      read.valued.push({ name: option.names.at(-1) ?? '', value });
    }
  }
  return read;
}

/** Names apart by blanks: long lists stay short. */
export function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

// ---

interface Option {
  readonly names: readonly string[];
  readonly value?: string;
  readonly needsValue?: boolean;
}

function optionOf(word: string, allowed: Allowed): Option | undefined {
  if (word.startsWith('--')) return longOption(word.slice(2), allowed);
  if (allowed.digits && /^-\d+$/.test(word)) return { names: ['digits'] };
  return cluster(word.slice(1), allowed);
}

function longOption(word: string, { long = [], longValue = [] }: Allowed): Option | undefined {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  if (equals >= 0)
    return [...long, ...longValue].includes(name) ? { names: [name], value: word.slice(equals + 1) } : undefined;
  if (long.includes(name)) return { names: [name] };
  return longValue.includes(name) ? { names: [name], needsValue: true } : undefined;
}

function cluster(letters: string, { short = '', shortValue = '' }: Allowed): Option | undefined {
  for (const [n, letter] of [...letters].entries()) {
    if (shortValue.includes(letter)) {
      const names = [...letters.slice(0, n + 1)];
      const value = letters.slice(n + 1);
      return value === '' ? { names, needsValue: true } : { names, value };
    }
    if (!short.includes(letter)) return undefined;
  }
  return { names: [...letters] };
}
