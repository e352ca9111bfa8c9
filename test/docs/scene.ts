/** What has to stand before the commands of a block are run, and which of them are not run here. */
import type { Bench } from '../cli/support.js';

/** The only reasons for which a command of a page is not run. */
export const REASONS = {
  registry: 'installs a package from the public registry',
  docker: 'needs a Docker engine',
  kubernetes: 'needs a Kubernetes cluster',
  cloud: 'needs an account in Temporal Cloud',
  tests: 'runs the tests of the repository, or measures it: a run of its own',
} as const;

/** A file of tests has the words of the command, or the whole block. */
export type Elsewhere = `test/${string}`;

export type NotHere = keyof typeof REASONS | Elsewhere;

export interface Scene {
  readonly page: string;
  /** The beginning of the block: it finds it in the page. */
  readonly block: string;
  /** Commands that are not run, by their beginning. */
  readonly notHere?: Readonly<Record<string, NotHere>>;
  /** Programs that the commands need; without one the scene is skipped by name. */
  readonly needs?: readonly string[];
  readonly stage?: (place: Place) => Promise<Play>;
}

/** Where the blocks are run. Everything that is opened in it ends with it. */
export interface Place {
  readonly directory: string;
  /** On the server of all tests, without a sandbox, so that there is something to approve; one for all scenes. */
  bench(): Promise<Bench>;
  /** One that several scenes share, made once. */
  shared<T>(name: string, make: () => Promise<T>): Promise<T>;
  /** Runs when the place is closed, the last one first. */
  later(end: () => unknown): void;
}

/** How the commands of a block are run. */
export interface Play {
  readonly bench: Bench;
  /** Words of the page, and what stands for them here. */
  readonly words?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the workspace of the bench. */
  readonly cwd?: string;
  /** Typed when a command asks. Default: nothing. */
  readonly input?: string;
  /** Exit codes other than 0, by the beginning of the command. */
  readonly codes?: Readonly<Record<string, number>>;
  /** Commands that run until they are told to stop, by their beginning: what they print when they serve. */
  readonly serving?: Readonly<Record<string, RegExp>>;
  /** Done before a command, by its beginning, or while it runs. */
  readonly before?: Readonly<Record<string, () => unknown>>;
  readonly during?: Readonly<Record<string, () => unknown>>;
  /** Commands behind those of the page, which show that these have an effect. */
  readonly check?: readonly string[];
  /** After the last one, while those that serve still run; `outputs`: what each command has printed. */
  readonly after?: (outputs: readonly string[]) => unknown;
}

/** The value whose key the text begins with. */
export function forText<T>(table: Readonly<Record<string, T>> | undefined, text: string): T | undefined {
  return Object.entries(table ?? {}).find(([start]) => text.startsWith(start))?.[1];
}
