/**
 * Checks what a person's `[sandbox]` settings would add to the view of commands: a path that is, holds or lies in a place of
 * secrets is refused, and so is the name of a secret variable.
 */
import { realpathSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { isCredential, isCredentialDirectory } from '../domain/credentials.js';
import { RookeryError } from '../domain/errors.js';
import { protectionOf } from '../domain/protected.js';
import { isWithin } from '../files/paths.js';
import { holdsTooMuch, PRIVATE_PATHS } from './hidden-roots.js';

/** `[sandbox]` of the user's config.toml. */
export interface Widening {
  /** Absolute paths that are shown read-only. */
  readonly read: readonly string[];
  /** Absolute paths that are shown and may be written. */
  readonly write: readonly string[];
  /** Names of variables that are passed on. */
  readonly env: readonly string[];
}

export const NO_WIDENING: Widening = { read: [], write: [], env: [] };

/**
 * `~/` is replaced by the home. Throws a `usage` RookeryError that names what is refused and why.
 *
 * `own`: Rookery's own directories.
 */
export function checkWidening(given: Partial<Widening>, { home, own }: WideningPlace): Widening {
  const paths = (key: 'read' | 'write'): string[] =>
    (given[key] ?? []).map((text) => {
      const path = normalize(text.replace(/^~(?=\/|$)/, home)).replace(/(?<=.)\/$/, '');
      const problem = isAbsolute(path)
        ? problemOf(path, key, { home, own })
        : 'is not absolute and does not begin with ~/';
      if (problem === undefined) return path;
      throw refused(key, text, problem);
    });
  for (const name of given.env ?? []) {
    const problem = problemOfName(name);
    if (problem !== undefined) throw refused('env', name, problem);
  }
  return { read: paths('read'), write: paths('write'), env: given.env ?? [] };
}

export interface WideningPlace {
  readonly home: string;
  readonly own: readonly string[];
}

// ---

/** Of a home, besides what the list of credentials names. */
const SECRET_PLACES: readonly string[] = [
  ...[
    '.ssh',
    '.gnupg',
    '.aws',
    '.azure',
    '.kube',
    '.docker',
    '.config',
    '.netrc',
    '.git-credentials',
    '.password-store',
  ],
  ...['.mozilla', '.thunderbird', '.local/share/keyrings', '.m2/settings.xml', '.m2/settings-security.xml', '.npmrc'],
  ...['.pypirc', '.cargo/credentials', '.cargo/credentials.toml', '.cargo/config.toml', '.gradle/gradle.properties'],
  ...['.local/share/uv/credentials', '.condarc', '.bash_history', '.zsh_history', '.gem/credentials', '.terraform.d'],
  ...['Library/Keychains', 'Library/Application Support', 'Library/Cookies', 'snap'],
];

function problemOf(path: string, key: 'read' | 'write', { home, own }: WideningPlace): string | undefined {
  for (const one of new Set([path, realOf(path)])) {
    if (holdsTooMuch(one, home)) return 'holds a whole home, a temporary directory or more';
    if (isCredential(one) || isCredentialDirectory(one)) return 'is a place of credentials';
    if (own.some((root) => overlap(root, one))) return "overlaps with Rookery's own data";
    const secrets = [...SECRET_PLACES.map((name) => join(home, name)), ...PRIVATE_PATHS];
    const secret = secrets.find((root) => isWithin(root, one) || (root !== one && isWithin(one, root)));
    if (secret !== undefined) return `overlaps with ${secret}, which may hold secrets`;
    const isSystem = SYSTEM.test(one) && !isWithin(home, one);
    if (key === 'write' && (protectionOf(one.slice(1)) !== undefined || isSystem || PROGRAMS.test(one)))
      return 'is a place from which other programs run what is written there';
  }
  return undefined;
}

const SYSTEM = /^\/(bin|boot|dev|etc|lib\w*|proc|sbin|sys|usr|opt|run)(\/|$)/;
const PROGRAMS = /\/bin(\/|$)/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SECRET_NAME = /(KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|COOKIE|SESSION)/i;
/** Set by the sandbox, or able to change what runs in front of it. */
const RESERVED =
  /^(HOME|PATH|TMPDIR|LD_\w*|DYLD_\w*|BASH_ENV|ENV|IFS|ROOKERY_\w*|https?_proxy|no_proxy|NODE_OPTIONS)$/i;

function problemOfName(name: string): string | undefined {
  if (!NAME.test(name)) return 'is not the name of a variable';
  if (SECRET_NAME.test(name)) return 'is the name of a secret';
  return RESERVED.test(name) ? 'is set by the sandbox or would act in front of it' : undefined;
}

function refused(key: string, text: string, problem: string): RookeryError {
  return new RookeryError('usage', `sandbox.${key} may not have '${text}': it ${problem}`, {
    hint: key === 'env' ? 'Name variables without secrets' : 'Name the directory that the command needs, and no more',
  });
}

function overlap(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
