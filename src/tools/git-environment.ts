/**
 * The environment in which git only reads: settings of a repository that run a program are overridden, and it looks for
 * no repository but that of the workspace. Drivers with user-chosen names (filters, textconv) cannot be overridden like
 * this; `repository.ts` finds them. Pure.
 */
import { dirname, resolve } from 'node:path';

/** Of a command that counts as one that only reads. */
export function readingGit(workspace: string): Record<string, string> {
  const settings = Object.entries(SETTINGS).flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, key],
    [`GIT_CONFIG_VALUE_${n}`, value],
  ]);
  return {
    ...VARIABLES,
    GIT_CEILING_DIRECTORIES: dirname(resolve(workspace)),
    GIT_CONFIG_COUNT: String(settings.length / 2),
    ...Object.fromEntries(settings),
  };
}

// ---

const VARIABLES: Readonly<Record<string, string>> = {
  // Without them a look at the index would write it, and run a hook.
  GIT_OPTIONAL_LOCKS: '0',
  GIT_PAGER: 'cat',
  PAGER: 'cat',
  GIT_EDITOR: ':',
  GIT_ASKPASS: 'false',
  GIT_TERMINAL_PROMPT: '0',
  // A partial clone fetches what it lacks, with programs that its settings name.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
};

const SETTINGS: Readonly<Record<string, string>> = {
  'core.fsmonitor': 'false',
  'core.hooksPath': '/dev/null',
  'core.pager': 'cat',
  'core.sshCommand': 'false',
  'core.alternateRefsCommand': 'false',
  'credential.helper': '',
  'diff.ignoreSubmodules': 'all',
  'diff.submodule': 'short',
  'gpg.program': 'false',
  'gpg.openpgp.program': 'false',
  'gpg.ssh.program': 'false',
  'gpg.x509.program': 'false',
  'gpg.ssh.defaultKeyCommand': 'false',
  'log.showSignature': 'false',
  'protocol.allow': 'never',
  'safe.bareRepository': 'explicit',
  'stash.showPatch': 'false',
  'stash.showIncludeUntracked': 'false',
  'status.submoduleSummary': 'false',
  'submodule.recurse': 'false',
};
