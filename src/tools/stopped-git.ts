/**
 * What to say when the sandbox has stopped git at a protected file: git goes on with the other files, so the work tree is
 * half changed. Names the command that leads back without losing other changes, and how to ask for approval. Pure.
 */
import { protectionOf } from '../domain/protected.js';
import { isRestorable } from '../domain/restorable.js';
import { quotedPath } from '../domain/visible.js';

/** @returns a note for the model; undefined when git was not stopped by the protection */
export function noteOfStoppedGit(command: string, printed: string): string | undefined {
  const [, options = '', verb, rest = ''] = GIT.exec(command) ?? [];
  const paths = verb === undefined ? [] : stoppedPaths(printed);
  if (verb === undefined || paths.length === 0) return undefined;
  const shown = paths.slice(0, SHOWN).map(quotedPath).join(', ');
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  const back = directoriesOf(options) + wayBack({ verb, rest, paths: paths.map(inShell), printed });
  return (
    `the sandbox stopped git ${verb}: ${shown}${more} cannot be changed, because other programs run what is written ` +
    `there. Other files may have been changed, so the work tree may be half done. To get back: ${back} ` +
    `${paths.every(isRestorable) ? ASK : CANNOT}`
  );
}

// ---

const SHOWN = 10;
const ASK =
  'Then call the same command alone with restore_protected: true: a person is asked, and it runs with these files writable.';
const CANNOT = 'It cannot be approved either; a person can run the command outside of the sandbox.';

const WORD = String.raw`(?:"[^"\n]*"|'[^'\n]*'|[^\s;&|()'"]+)`;
/** In front of the verb. */
const OPTION = String.raw`(?:-[Cc]|--(?:git-dir|work-tree|namespace|config-env)(?!=))\s+${WORD}|--?[a-zA-Z][\w-]*(?:=${WORD})?`;
const VERB = '(checkout|switch|merge|reset|stash|restore|pull|cherry-pick|revert|rebase|am|apply)';
const GIT = new RegExp(String.raw`(?:^|[\s;&|(])git((?:\s+(?:${OPTION}))*)\s+${VERB}\b([^;&|\n]*)`);
const STOPPED =
  /^(?:error|warning|fatal): [^\n]*?(?:'([^'\n]+)'|([^\s']+)): (?:Read-only file system|Device or resource busy)$/gm;

function stoppedPaths(printed: string): string[] {
  const paths = [...printed.matchAll(STOPPED)].map(([, quoted, plain = '']) => (quoted ?? plain).replace(/\/$/, ''));
  return [...new Set(paths)].filter((path) => protectionOf(path) !== undefined);
}

/** The way back starts where git was told to work. */
function directoriesOf(options: string): string {
  const given = options.matchAll(new RegExp(String.raw`(?:^|\s)-C\s+(${WORD})`, 'g'));
  return [...given].map(([, directory = '']) => `cd ${directory} && `).join('');
}

interface Stopped {
  readonly verb: string;
  /** The words behind the verb. */
  readonly rest: string;
  /** Quoted for the shell. */
  readonly paths: readonly string[];
  readonly printed: string;
}

/** Each was seen to work with uncommitted changes in other files. */
function wayBack({ verb, rest, paths, printed }: Stopped): string {
  const words = rest.trim().split(/\s+/).filter(Boolean);
  const target = words.findLast((word) => /^[^-'"$`<>*?\\]/.test(word));
  const others = `. ${paths.map((path) => `':(exclude)'${path}`).join(' ')}`;
  const undo = (range: string): string =>
    `git diff -z --name-only --diff-filter=a ${range} -- ${others} | xargs -0 -r git restore -- && ` +
    `git diff -z --name-only --diff-filter=A ${range} | xargs -0 -r rm -f --.`;
  if (/^(checkout|switch)$/.test(verb) && /^(Switched to|HEAD is now at|Note: switching)/m.test(printed))
    return `git reset -q '@{-1}' -- ${paths.join(' ')} && git checkout -q -.`;
  if (verb === 'merge' && target !== undefined) return undo(`HEAD...${target}`);
  if (verb === 'pull') return undo('HEAD...FETCH_HEAD');
  if (/^(reset|rebase)$/.test(verb) && target !== undefined) return undo(`HEAD ${target}`);
  if (verb === 'cherry-pick' && target !== undefined) return undo(`${target}^ ${target}`);
  if (verb === 'revert' && target !== undefined) return undo(`${target} ${target}^`);
  if (verb !== 'stash') return 'git status shows what was changed; git restore -- PATH takes it back, file by file.';
  if (/^(pop|apply)$/.test(words[0] ?? ''))
    return `git diff -z --name-only HEAD 'stash@{0}' -- ${others} | xargs -0 -r git restore --source=HEAD --staged --worktree -- (the stash is kept).`;
  return `git restore --source='stash@{0}' -- ${others} && git stash drop -q.`;
}

function inShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
