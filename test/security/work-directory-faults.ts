/**
 * A valid work directory, and each way in which its owner, its mode or a file of it can be wrong, with the sentence that
 * says so.
 */
import { chmod, chown, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Paths, pathsOf } from '../../src/mirror/paths.js';

export const ANOTHER_USER = 65_534;
export const IS_ROOT = process.geteuid?.() === 0;

export interface Fault {
  readonly make: (paths: Paths) => Promise<unknown>;
  readonly says: RegExp;
  /** Only root can give a file to another user. */
  readonly asRoot?: boolean;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'a directory that every user can write': {
    make: ({ workdir }) => chmod(workdir, 0o777),
    says: /^The work directory (\S+) can be written by others \(mode 0777\)\. Run: chmod 700 \1\.$/,
  },
  'a directory that its group can write': {
    make: ({ workdir }) => chmod(workdir, 0o770),
    says: /^The work directory (\S+) can be written by others \(mode 0770\)\. Run: chmod 700 \1\.$/,
  },
  'a sticky directory that every user can write': {
    make: ({ workdir }) => chmod(workdir, 0o1777),
    says: /^The work directory (\S+) can be written by others \(mode 1777\)\. Run: chmod 700 \1\.$/,
  },
  'a directory of another user': {
    make: ({ workdir }) => chown(workdir, ANOTHER_USER, ANOTHER_USER),
    says: /^The work directory (\S+) belongs to user 65534, and this is user 0\. If it is yours, run: chown -R 0 \1; otherwise do not use it\.$/,
    asRoot: true,
  },
  'a symlink in its place': {
    make: async ({ workdir }) => {
      await rename(workdir, `${workdir}-moved`);
      await symlink(`${workdir}-moved`, workdir);
    },
    says: /^The work directory (\S+) is a symlink\. Name the directory itself: --workdir \1-moved\.$/,
  },
  'a parent in which every user can exchange it': {
    make: ({ workdir }) => chmod(dirname(workdir), 0o777),
    says: /^Every user can exchange the work directory \S+, because (\S+) can be written by others \(mode 0777\)\. Run: chmod o-w \1\.$/,
  },
  'tasks that every user can write': {
    make: ({ tasks }) => chmod(tasks, 0o777),
    says: /^The directory (\S+\/tasks) can be written by others \(mode 0777\)\. Run: chmod 700 \1\.$/,
  },
  'notes that every user can write': {
    make: ({ side }) => chmod(side, 0o777),
    says: /^The directory (\S+\/\.rookery) can be written by others/,
  },
  'data of the server that every user can write': {
    make: ({ workdir }) => chmod(join(workdir, 'server'), 0o777),
    says: /^The directory (\S+\/server) can be written by others/,
  },
  'a signing key that every user can write': {
    make: ({ signingKey }) => chmod(signingKey, 0o622),
    says: /^The signing key (\S+) can be written by others \(mode 0622\)\. Run: chmod 600 \1\.$/,
  },
  'a signing key of another user': {
    make: ({ signingKey }) => chown(signingKey, ANOTHER_USER, ANOTHER_USER),
    says: /^The signing key (\S+) belongs to user 65534, and this is user 0\. If it is yours, run: chown 0 \1; otherwise do not use it\.$/,
    asRoot: true,
  },
  'an audit key that its group can write': {
    make: ({ auditKey }) => chmod(auditKey, 0o620),
    says: /^The audit key (\S+) can be written by others \(mode 0620\)\. Run: chmod 600 \1\.$/,
  },
  'an audit key of another user': {
    make: ({ auditKey }) => chown(auditKey, ANOTHER_USER, ANOTHER_USER),
    says: /^The audit key \S+ belongs to user 65534/,
    asRoot: true,
  },
  'remembered rules that every user can write': {
    make: ({ policy }) => chmod(policy, 0o666),
    says: /^The file of remembered rules (\S+policy\.json) can be written by others \(mode 0666\)\. Run: chmod 600 \1\.$/,
  },
  'remembered rules of another user': {
    make: ({ policy }) => chown(policy, ANOTHER_USER, ANOTHER_USER),
    says: /^The file of remembered rules \S+policy\.json belongs to user 65534/,
    asRoot: true,
  },
};
export const faultsHere = Object.entries(FAULTS).filter(([, { asRoot }]) => !asRoot || IS_ROOT);
export const [WRITABLE_BY_ALL] = faultsHere as [[string, Fault]];

/** A valid work directory with every file that is checked, in a separate parent directory. */
export async function workDirectory(root: string): Promise<Paths> {
  const parent = await mkdtemp(join(root, 'place-'));
  const paths = pathsOf(join(parent, 'data'));
  for (const directory of [paths.workdir, paths.tasks, paths.side, join(paths.workdir, 'server')])
    await mkdir(directory, { mode: 0o700 });
  for (const key of [paths.signingKey, paths.auditKey]) await writeFile(key, '5a'.repeat(32), { mode: 0o600 });
  await writeFile(paths.policy, '{"rules":[]}', { mode: 0o600 });
  return paths;
}
