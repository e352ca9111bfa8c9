/** What a policy is made of: data, from files and options. What it means is said in `judge.ts` and `matching.ts`. */
import type { Effect, Verdict } from '../domain/tool.js';

/** One or several: a list is "any of these". */
export type OneOrMore<T> = T | readonly T[];

/** All conditions that a rule names must hold. None named: every call. */
export interface Rule {
  readonly do: Verdict;
  /** Tool names; `*` stands for any characters, as in `github__*`. */
  readonly tool?: OneOrMore<string>;
  readonly effect?: OneOrMore<Effect>;
  /** Globs: relative to the workspace, or absolute for what lies outside. */
  readonly path?: OneOrMore<string>;
  /** `docs.example.com`, or `*.example.com` for all beneath it. */
  readonly host?: OneOrMore<string>;
  /** Words of a simple command, such as `git status *`; `= ` before it: this very line and no other. */
  readonly command?: OneOrMore<string>;
  /** JSON of the arguments: these very ones and no others, in whatever order they are written. */
  readonly arguments?: string;
  /** For whoever reads the verdict. */
  readonly reason?: string;
}

export interface OriginatedRule extends Rule {
  /** Where it stands, such as "user file rule 2". */
  readonly origin: string;
}

/** In order: the first rule that matches decides. */
export interface Policy {
  readonly rules: readonly OriginatedRule[];
}

/** Gives each rule its name: `from` and its place, counted from 1. */
export function originate(rules: readonly Rule[], from: string): OriginatedRule[] {
  return rules.map((rule, n) => ({ ...rule, origin: `${from} rule ${n + 1}` }));
}

export function listOf<T extends string>(value: OneOrMore<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
