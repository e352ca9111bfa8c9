import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PROTECTED_GLOBS } from '../../domain/protected.js';
/** `isHome`: the files that shells read there are protected also as long as they do not exist. */
export async function guardedPaths(workspace, isHome) {
    const there = new Set((await entriesOf(workspace)).map(({ name }) => name));
    const isWanted = (name) => there.has(name) || (!NO_STAND_IN.includes(name) && (isHome || READ_ANYWHERE.test(name)));
    const top = [...files(workspace, FILES.filter(isWanted)), ...directories(workspace, DIRECTORIES.filter(isWanted))];
    return [...top, ...(await gitPaths(workspace)), ...(await nested(workspace))];
}
// ---
const NAMES = PROTECTED_GLOBS.map((glob) => glob.replace(/^\*\*\//, ''));
const DIRECTORIES = NAMES.filter((name) => name.endsWith('/**') && name !== '.git/**').map((name) => name.slice(0, -3));
const FILES = NAMES.filter((name) => !name.includes('/') && name !== '.git' && !DIRECTORIES.includes(name));
/**
 * Kept where they exist, with no stand-in where they do not: their readers break on one, and what a new one could do,
 * package.json and a clone can do as well.
 */
const NO_STAND_IN = ['.gitmodules', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs'];
/** Those that are read in whatever directory a program is started in or opens; the others only in a home. */
const READ_ANYWHERE = /^(\.vscode|\.idea|\.husky|\.claude|\.cursor|\.envrc|\.mcp\.json|\.npmrc|\.exrc|rookery\.toml)$/;
/** Deeper ones are found by a walk that must stay quick. */
const MAX_DEPTH = 3;
const MAX_DIRECTORIES = 500;
const PASSED_OVER = /^(\.git|node_modules|target|dist|build|vendor|\.venv)$/;
function files(directory, names) {
    return names.map((name) => ({ path: join(directory, name), kind: 'file' }));
}
function directories(directory, names) {
    return names.map((name) => ({ path: join(directory, name), kind: 'directory' }));
}
async function gitPaths(workspace) {
    const git = join(workspace, '.git');
    const found = await lstat(git).catch(() => undefined);
    if (found?.isDirectory() && (await entriesOf(git)).length > 0)
        return inGit(git);
    if (found && !found.isDirectory())
        return files(workspace, ['.git']);
    // Without .git a HEAD, a config and a few directories would make a repository of the workspace itself.
    const bare = await lstat(join(workspace, 'HEAD')).catch(() => undefined);
    if (!bare?.isFile())
        return files(workspace, ['.git', 'HEAD']);
    return [...files(workspace, ['.git', 'config']), ...directories(workspace, ['hooks'])];
}
function inGit(git) {
    return [
        ...files(git, ['config', 'config.worktree']),
        ...directories(git, ['hooks', 'modules']),
        { path: join(git, 'commondir'), kind: 'common' },
    ];
}
/** Only those that exist: new ones cannot be told from what a command may well make, such as a clone. */
async function nested(workspace) {
    const guarded = [];
    let level = (await entriesOf(workspace)).filter(isOpen).map(({ name }) => join(workspace, name));
    let budget = MAX_DIRECTORIES;
    for (let depth = 1; depth <= MAX_DEPTH && budget > 0; depth++) {
        const next = [];
        for (const directory of level.slice(0, budget)) {
            const entries = await entriesOf(directory);
            guarded.push(...entries.flatMap((entry) => guardedIn(directory, entry)));
            next.push(...entries.filter(isOpen).map(({ name }) => join(directory, name)));
        }
        budget -= level.length;
        level = next;
    }
    return guarded;
}
function guardedIn(directory, entry) {
    const path = join(directory, entry.name);
    if (entry.name === '.git')
        return entry.isDirectory() ? inGit(path) : [{ path, kind: 'file' }];
    if (entry.isSymbolicLink())
        return [];
    if (FILES.includes(entry.name) && entry.isFile())
        return [{ path, kind: 'file' }];
    return DIRECTORIES.includes(entry.name) && entry.isDirectory() ? [{ path, kind: 'directory' }] : [];
}
function isOpen(entry) {
    return entry.isDirectory() && !PASSED_OVER.test(entry.name) && !DIRECTORIES.includes(entry.name);
}
async function entriesOf(directory) {
    return readdir(directory, { withFileTypes: true }).catch(() => []);
}
//# sourceMappingURL=guarded.js.map