/** Which calls of git print what is in files, and of which files. For verbs that are harmless otherwise. Pure. */

export interface GitContents {
  readonly kind: 'git';
  /** Files that git does not keep, as well. */
  readonly untracked: boolean;
  /** Only what lies at or in these; `.` is all. */
  readonly paths: readonly string[];
}

/** `args` without the word git. @returns undefined when it prints none, or only files that its words name. */
export function contentsOfGit(args: readonly string[]): GitContents | undefined {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const [verb = '', ...rest] = args.slice(Math.max(at, 0));
  const end = rest.indexOf('--');
  const options = (end < 0 ? rest : rest.slice(0, end)).filter((arg) => arg.startsWith('-'));
  if (!PRINTS[verb]?.(options, rest)) return undefined;
  const paths = end < 0 ? [] : rest.slice(end + 1);
  // Globs and magic of git's own: not narrowed by what is not read here.
  const narrow = paths.length > 0 && paths.every((path) => !/[*?[\\]|^:/.test(path));
  return { kind: 'git', untracked: options.includes('--untracked'), paths: narrow ? paths : ['.'] };
}

// ---

type Prints = (options: readonly string[], rest: readonly string[]) => boolean;

const QUIET =
  /^--((short|num|dir)?stat|summary|compact-summary|name-only|name-status|raw|no-patch|quiet)(=|$)|^-(s|q|sq|qs)$/;
/** Whatever else they do: letters that ask for a patch, and long options that bring one along. */
const PATCH =
  /^-[^-]*[puUWLc]|^--(patch|unified|binary|word-diff|color-words|function-context|inter-hunk-context|cc|check)/;

const asksForPatch: Prints = (options) => options.some((option) => PATCH.test(option));
const unlessQuiet: Prints = (options) => !options.some((option) => QUIET.test(option)) || asksForPatch(options, []);

const PRINTS: Readonly<Record<string, Prints | undefined>> = Object.assign(Object.create(null), {
  diff: unlessQuiet,
  'diff-tree': asksForPatch,
  grep: (options: readonly string[]) =>
    !options.some((option) => /^(-[lLq]|--files-with(out)?-match(es)?|--name-only)$/.test(option)),
  log: asksForPatch,
  reflog: asksForPatch,
  // One file of a commit is named by its words.
  show: (options: readonly string[], rest: readonly string[]) => {
    const operands = rest.filter((arg) => !arg.startsWith('-'));
    const isFiles = operands.length > 0 && operands.every((operand) => /^[^:]+:./.test(operand));
    return !isFiles && unlessQuiet(options, rest);
  },
  stash: asksForPatch,
  status: (options: readonly string[]) => options.some((option) => /^-[a-z]*v|^--verbose$/.test(option)),
  whatchanged: asksForPatch,
});
