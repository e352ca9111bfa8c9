/**
 * Checks of values that come from outside, for inputs that short commands parse: loading a schema library takes longer
 * than such a command. A check gives the problems that it finds, each with the place of the value. Pure.
 */

export interface Problem {
  readonly at: readonly (string | number)[];
  readonly message: string;
}

export type Check = (value: unknown) => readonly Problem[];

const FINE: readonly Problem[] = [];
const SHOWN_PROBLEMS = 3;
const SHOWN_LENGTH = 60;

/** A check with one message, which says what is expected. */
export function check(isFine: (value: unknown) => boolean, expected: string): Check {
  return (value) => (isFine(value) ? FINE : [{ at: [], message: `expected ${expected}, not ${shown(value)}` }]);
}

export function textThat(isFine: (text: string) => boolean, expected: string): Check {
  return check((value) => typeof value === 'string' && isFine(value), expected);
}

export const anyText = textThat(() => true, 'a text');
export const someText = textThat((text) => text !== '', 'a text that is not empty');

export function textUpTo(length: number): Check {
  return textThat((text) => text.length <= length, `a text of at most ${length} characters`);
}

export function oneOf(values: readonly string[]): Check {
  return check((value) => values.some((one) => one === value), `one of ${values.join(', ')}`);
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Check {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return check(
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
    `a whole number ${range}`,
  );
}

export function orNull(other: Check): Check {
  return (value) => (value === null ? FINE : other(value));
}

/** @returns the problems of the last check when none accepts the value */
export function anyOf(...checks: readonly Check[]): Check {
  return (value) => {
    const found = checks.map((one) => one(value));
    return found.some((problems) => problems.length === 0) ? FINE : (found.at(-1) ?? FINE);
  };
}

export function listWith(item: Check, { least = 0, most = Number.POSITIVE_INFINITY } = {}): Check {
  return (value) => {
    if (!Array.isArray(value)) return [{ at: [], message: `expected a list, not ${shown(value)}` }];
    const range = value.length < least ? `at least ${least}` : value.length > most ? `at most ${most}` : undefined;
    if (range) return [{ at: [], message: `expected a list of ${range} values, not of ${value.length}` }];
    return value.flatMap((one, n) => within(n, item(one)));
  };
}

export interface ObjectRules {
  readonly required?: readonly string[];
  /** True: fields that the rules do not name are accepted. */
  readonly open?: boolean;
}

/** A field that is undefined is absent. */
export function objectOf(
  fields: Readonly<Record<string, Check>>,
  { required = [], open = false }: ObjectRules = {},
): Check {
  return (value) => {
    if (!isPlainObject(value)) return [{ at: [], message: `expected an object, not ${shown(value)}` }];
    const missing = required.filter((name) => value[name] === undefined);
    const unknown = open ? [] : Object.keys(value).filter((name) => !Object.hasOwn(fields, name));
    return [
      ...missing.map((name) => ({ at: [name], message: 'it is missing' })),
      ...unknown.map((name) => ({ at: [name], message: 'there is no such field' })),
      ...Object.entries(fields).flatMap(([name, field]) =>
        value[name] === undefined ? [] : within(name, field(value[name])),
      ),
    ];
  };
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One sentence: where, and what is wrong there; undefined when there is no problem. */
export function sentenceOfProblems(problems: readonly Problem[]): string | undefined {
  if (problems.length === 0) return undefined;
  return problems
    .slice(0, SHOWN_PROBLEMS)
    .map(({ at, message }) => `${at.length > 0 ? `'${at.join('.')}': ` : ''}${message}`)
    .join('; ');
}

// ---

function within(place: string | number, problems: readonly Problem[]): readonly Problem[] {
  return problems.map(({ at, message }) => ({ at: [place, ...at], message }));
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_LENGTH));
  if (Array.isArray(value)) return 'a list';
  return isPlainObject(value) ? 'an object' : String(value);
}
