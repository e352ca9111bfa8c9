/**
 * Paths that no tool writes, whatever was allowed: what is written there runs later, outside of any verdict (hooks, shell
 * start files, settings of editors), or decides what may run (our own). By name alone, so every spelling of a name that
 * some file system takes for the same counts. Pure.
 */
/** Everything beneath them. */
const DIRECTORIES = ['.git', '.husky', '.vscode', '.idea', '.ssh', '.gnupg', '.claude', '.cursor'];
const FILES = [
    ...['.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.profile', '.kshrc', '.mkshrc'],
    ...['.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.cshrc', '.tcshrc', '.login', '.logout', '.inputrc'],
    ...['config.fish', '.xprofile', '.xinitrc', '.xsession', '.xsessionrc', '.pam_environment', '.vimrc', '.exrc'],
    ...['.gitconfig', '.gitmodules', '.envrc', '.mcp.json', 'rookery.toml', '.ripgreprc', '.wgetrc', '.curlrc'],
    ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', '.pypirc', '.netrc'],
];
/** The same list as globs, relative to any directory: for whoever binds them read-only. */
export const PROTECTED_GLOBS = Object.freeze([
    ...DIRECTORIES.flatMap((name) => [`**/${name}`, `**/${name}/**`]),
    ...FILES.map((name) => `**/${name}`),
]);
/** Of a path with `/`, relative to the workspace, or absolute where it leads outside. */
export function isProtected(path) {
    const segments = path.split(/[/\\]/).map(foldName);
    return segments.some((name) => DIRECTORY_NAMES.has(name) || FILE_NAMES.has(name));
}
/**
 * A name as the most forgiving file system reads it: without regard to case and to how accents are composed, without
 * dots and spaces at the end, stream names and characters that are not seen.
 */
export function foldName(name) {
    return name
        .normalize('NFKC')
        .replace(INVISIBLE, '')
        .replace(/(?!^):.*$/s, '')
        .replace(/(?<=[^.\s])[.\s]+$/, '')
        .toUpperCase()
        .toLowerCase()
        .normalize('NFC');
}
// ---
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** `git~1` is what some file systems call `.git` besides. */
const DIRECTORY_NAMES = new Set([...DIRECTORIES, 'git~1', 'git~2']);
const FILE_NAMES = new Set(FILES);
//# sourceMappingURL=protected.js.map