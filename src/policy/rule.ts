/** The data of a policy, from files and options, and its question and ruling. `judge.ts` and `matching.ts` apply it. */

import type { Registries } from '../domain/network-entry.js';
import type { Surroundings } from '../domain/surroundings.js';
import type { Effect, Judgement, Label, Touches, Verdict } from '../domain/tool.js';
import type { Authority } from './allow.js';

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
  /** `docs.example.com`, or `*.example.com` for all its subdomains. */
  readonly host?: OneOrMore<string>;
  /** Words of a simple command, such as `git status *`; `= ` before it: this very line and no other. */
  readonly command?: OneOrMore<string>;
  /**
   * Of `run`, for shell commands: what a command that matches reaches from the sandbox. `registry.npmjs.org`, with a
   * port, `*.example.org`, or `npm`, `pip`, `cargo` or `go` for their registries.
   */
  readonly network?: OneOrMore<string>;
  /** JSON of the arguments: these very ones and no others, in whatever order they are written. */
  readonly arguments?: string;
  /** For the reader of the verdict. */
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

/** Gives each rule its name: `from` and its place, counted from 1. Throws nothing. */
export function originate(rules: readonly Rule[], from: string): OriginatedRule[] {
  return rules.map((rule, n) => ({ ...rule, origin: `${from} rule ${n + 1}` }));
}

export function listOf<T extends string>(value: OneOrMore<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** What the policy needs to know of a tool. */
export interface Judged {
  readonly name: string;
  readonly effect: Effect;
  /** It comes with Rookery and refuses paths outside the workspace by itself. */
  readonly builtin?: boolean;
}

export interface PolicyQuestion {
  readonly tool: Judged;
  readonly touches: Touches;
  /** As the model wrote them, and as a person is shown them; undefined when unknown. */
  readonly args?: unknown;
  readonly authority: Authority;
  /** What has come into the conversation so far. */
  readonly labels: readonly Label[];
  /** Absolute path. */
  readonly workspace: string;
  /** Absolute paths of Rookery's own files: no tool reads or writes them. */
  readonly own: readonly string[];
  /** The call runs in the sandbox: the workspace only, no network but what is given. */
  readonly sandboxed: boolean;
  /** The hosts behind the names of package managers. Default: the public registries. */
  readonly registries?: Registries;
  /** What a policy function has answered; it counts as the first rule that matches. */
  readonly decided?: Ruling;
  /** Of the workspace: looked at only for lines that would run unasked without a sandbox. */
  readonly surroundings: Surroundings;
}

export interface Ruling extends Judgement {
  /** What decided, in few words: "user file rule 2", "default: reads run". */
  readonly rule: string;
}
