/**
 * Whether a line is one plain git command that only brings files of the work tree to what git holds: a commit, the index
 * or a stash. Only options that start no other program. Pure.
 */
import { type Allowed, argumentsOf, names } from './command-options.js';
import type { CommandLine } from './parse.js';

/** @returns why it is not such a command; undefined when it is */
export function whyNotRestoring(line: CommandLine): string | undefined {
  if (line.kind === 'opaque') return line.why;
  const [command, ...others] = line.commands;
  if (!command || others.length > 0) return 'it is not one command';
  if (command.redirections.length > 0) return 'it redirects';
  if (command.live.length > 0) return 'the shell expands a part of it';
  const [git, verb = '', ...args] = command.words;
  const allowed = git === 'git' ? VERBS.get(verb) : undefined;
  if (!allowed) return `it is none of git ${[...VERBS.keys()].join(', ')}`;
  return argumentsOf(args, allowed) ? undefined : `git ${verb} is not known to be harmless with these options`;
}

// ---

const VERBS: ReadonlyMap<string, Allowed> = new Map([
  [
    'checkout',
    { short: 'qfdlt', shortValue: 'bB', long: names('quiet force detach track no-track ours theirs orphan') },
  ],
  ['switch', { short: 'qfdt', shortValue: 'cC', long: names('quiet force detach track no-track discard-changes') }],
  ['restore', { short: 'qSW', shortValue: 's', long: names('quiet staged worktree source ours theirs') }],
  ['reset', { short: 'qN', long: names('quiet hard merge keep mixed soft') }],
  ['merge', { short: 'qn', shortValue: 'm', long: names('quiet ff ff-only no-ff no-edit no-commit squash abort') }],
  ['stash', { short: 'qukam', long: names('quiet include-untracked keep-index all index') }],
]);
