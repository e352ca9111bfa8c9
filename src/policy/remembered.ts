/**
 * The rules that a person's "always" left behind: `<workdir>/policy.json`, 0600. At the entry point a broken file is an
 * error; while tasks run it means no remembered rules, so that more is asked, never less.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { writeDurably } from '../files/atomic-write.js';
import { versionOf } from '../files/errors.js';
import { withLock } from '../files/file-lock.js';
import { readOwned } from '../files/ownership.js';
import { type OriginatedRule, originate, type Rule } from './rule.js';
import { problemOfRules, rulesSchema } from './rule-schema.js';

/** Adds the rule at the end, once. Its directory must exist. */
export async function rememberRule(file: string, rule: Rule): Promise<void> {
  await change(file, (rules) => {
    const known = rules.some((one) => JSON.stringify(one) === JSON.stringify(rule));
    return known ? [...rules] : [...rules, rule];
  });
}

/** Removes the rule with this number, counted from 1, and returns it. */
export async function forgetRule(file: string, number: number): Promise<Rule> {
  let removed: Rule | undefined;
  await change(file, (rules) => {
    removed = rules[number - 1];
    return rules.filter((_, n) => n !== number - 1);
  });
  if (removed) return removed;
  throw new RookeryError('not_found', `There is no remembered rule ${number}`, { hint: 'See `rookery policy list`' });
}

/** The entry point. Throws RookeryError 'usage' for an invalid file. */
export function readRemembered(file: string): readonly OriginatedRule[] {
  const text = textOf(file);
  return text === undefined ? [] : originate(parseRemembered(file, text), 'remembered');
}

/** While tasks run: looks at the file again only when it has changed. `announce` hears once of each broken version. */
export function rememberedRules(file: string, announce: (line: string) => void): readonly OriginatedRule[] {
  const version = versionOf(file);
  const known = cache.get(file);
  if (known?.version === version) return known.rules;
  let rules: readonly OriginatedRule[] = [];
  try {
    rules = readRemembered(file);
  } catch (error) {
    announce(`${sentenceOf(error)}; no remembered rule applies until the file is corrected`);
  }
  cache.set(file, { version, rules });
  return rules;
}

// ---

interface CachedRules {
  readonly version: string;
  readonly rules: readonly OriginatedRule[];
}

const cache = new Map<string, CachedRules>();

async function change(file: string, edit: (rules: readonly Rule[]) => Rule[]): Promise<void> {
  await withLock(`${file}.lock`, async () => {
    const text = textOf(file);
    const rules = parsed(edit(text === undefined ? [] : parseRemembered(file, text)), file);
    await writeDurably(file, `${JSON.stringify({ rules }, null, 2)}\n`);
  });
}

function textOf(file: string): string | undefined {
  try {
    return readOwned({ path: file, name: 'file of remembered rules' });
  } catch (error) {
    throw error instanceof RookeryError ? error : broken(file, sentenceOf(error));
  }
}

function parseRemembered(file: string, text: string): Rule[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(file, sentenceOf(error));
  }
  const isHolder = typeof value === 'object' && value !== null && Object.keys(value).join() === 'rules';
  if (!isHolder) throw broken(file, 'it holds no "rules"');
  return parsed((value as { rules: unknown }).rules, file);
}

function parsed(rules: unknown, file: string): Rule[] {
  const result = rulesSchema.safeParse(rules);
  if (result.success) return result.data;
  throw broken(file, problemOfRules(result.error));
}

function broken(file: string, why: string): RookeryError {
  return new RookeryError('usage', `The remembered rules in ${file} are wrong: ${why}`, {
    hint: 'Correct or remove the file',
  });
}
