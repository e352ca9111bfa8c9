/** The verbs of git that only look, with the options that leave them so. Pure. */
import { type Allowed, type Arguments, argumentsOf, names } from './command-options.js';

/** `args` without the word git. */
export function isHarmlessGit(args: readonly string[], readable: (path: string) => boolean): boolean {
  const at = args.findIndex((arg) => !/^(--no-pager|-P|--no-optional-locks|--literal-pathspecs)$/.test(arg));
  const verb = args[at] ?? '';
  if (verb === '--version') return args.length === 1;
  if (!Object.hasOwn(VERBS, verb)) return false;
  const { check = () => true, ...allowed } = VERBS[verb] as GitVerb;
  const read = argumentsOf(args.slice(at + 1), allowed);
  if (!read || !check(read) || read.values.some((value) => /%G|%\(signature/i.test(value))) return false;
  if (!read.valued.every((one) => isHarmlessValue(verb, one, readable))) return false;
  return read.operands.every(
    ({ text }) => /^:[/^]/.test(text) || (readable(text) && readable(text.slice(text.lastIndexOf(':') + 1))),
  );
}

// ---

/** `log -L 1,20:FILE` prints that file. */
function isHarmlessValue(
  verb: string,
  { name, value }: Arguments['valued'][number],
  readable: (path: string) => boolean,
): boolean {
  return name !== 'L' || verb === 'blame' || readable(value.slice(value.lastIndexOf(':') + 1));
}

interface GitVerb extends Allowed {
  /** What else must hold. */
  check?(read: Arguments): boolean;
}

const DIFF_LONG = names(`
  stat numstat shortstat dirstat summary compact-summary name-only name-status check raw cached staged
  merge-base patch no-patch patch-with-stat no-ext-diff no-textconv color no-color color-words word-diff
  minimal patience histogram find-renames find-copies no-renames ignore-all-space ignore-space-change
  ignore-space-at-eol ignore-blank-lines ignore-cr-at-eol text exit-code quiet full-index binary abbrev
  relative function-context pickaxe-regex pickaxe-all no-prefix cc
`);
const DIFF_VALUE = names(`
  unified diff-filter diff-algorithm inter-hunk-context anchored word-diff-regex
`);
const LOG_LONG = [
  ...DIFF_LONG,
  ...names(`
  oneline graph decorate no-decorate all branches tags remotes merges no-merges first-parent reverse
  follow abbrev-commit no-abbrev-commit topo-order date-order author-date-order full-history
  simplify-by-decoration left-right cherry-pick cherry-mark boundary count all-match regexp-ignore-case
  invert-grep extended-regexp fixed-strings perl-regexp walk-reflogs source no-walk objects parents
  children show-pulls ancestry-path relative-date pretty format date
`),
];
const LOG_VALUE = [
  ...DIFF_VALUE,
  ...names(`
  since until after before author committer grep max-count skip glob exclude encoding min-parents
  max-parents decorate-refs since-as-filter
`),
];

const DIFF: Allowed = {
  short: 'puswbazRWMCDE',
  shortValue: 'SGUl',
  digits: true,
  long: DIFF_LONG,
  longValue: DIFF_VALUE,
};
const LOG: Allowed = {
  short: 'puswbazRWMCDEFPigcm',
  shortValue: 'nSGULl',
  digits: true,
  long: LOG_LONG,
  longValue: LOG_VALUE,
};

const none = ({ operands }: Arguments): boolean => operands.length === 0;
const only =
  (...words: readonly string[]) =>
  ({ operands }: Arguments): boolean =>
    words.includes(operands[0]?.text ?? '');
const listing =
  (...names: readonly string[]) =>
  ({ options, operands }: Arguments): boolean =>
    operands.length === 0 || names.some((name) => options.includes(name));

const VERBS: Readonly<Record<string, GitVerb>> = {
  blame: {
    short: 'wlsefcCM',
    shortValue: 'L',
    long: names('porcelain line-porcelain show-email date root abbrev'),
  },
  branch: {
    short: 'arvl',
    long: names(`
  all remotes verbose list show-current no-color color no-column sort format
`),
    longValue: ['merged', 'no-merged', 'contains', 'no-contains', 'points-at'],
    // Not by `-l`: it made a branch once.
    check: listing('list'),
  },
  'cat-file': { short: 'ptse', check: ({ options }) => options.length === 1 },
  'check-ignore': { short: 'vnq', long: ['verbose', 'non-matching', 'no-index'] },
  config: {
    long: ['get'],
    check: ({ options, operands }) =>
      options.length === 1 &&
      operands.length === 1 &&
      /^(user\.(name|email)|core\.\w+|init\.defaultbranch|pull\.\w+)$/i.test(operands[0]?.text ?? ''),
  },
  'count-objects': { short: 'vH', check: none },
  describe: {
    long: names('tags always all long abbrev contains exact-match first-parent'),
    longValue: ['match', 'exclude'],
  },
  diff: DIFF,
  'diff-tree': { ...DIFF, short: `${DIFF.short}rtmc`, long: [...DIFF_LONG, 'no-commit-id', 'root'] },
  'for-each-ref': { longValue: ['sort', 'format', 'count', 'contains', 'merged'] },
  grep: {
    short: 'nilcwEFPGvhHaIqLp',
    shortValue: 'eABCm',
    digits: true,
    long: names(`
  line-number ignore-case files-with-matches name-only count word-regexp extended-regexp fixed-strings
  cached untracked break heading show-function column color and or not all-match
`),
    longValue: ['max-depth', 'context', 'threads'],
  },
  log: LOG,
  'ls-files': {
    short: 'cdmosktuvz',
    shortValue: 'x',
    long: names(`
  cached deleted modified others stage exclude-standard ignored full-name unmerged killed directory
  error-unmatch eol
`),
  },
  'ls-tree': {
    short: 'rdltz',
    long: names('name-only name-status full-name full-tree long object-only abbrev'),
  },
  'merge-base': { short: 'a', long: ['all', 'is-ancestor', 'fork-point', 'octopus', 'independent'] },
  'name-rev': { long: ['name-only', 'tags', 'always'] },
  reflog: { ...LOG, check: ({ operands }) => !/^(expire|delete|drop|write)$/.test(operands[0]?.text ?? '') },
  remote: {
    short: 'v',
    long: ['verbose'],
    check: (read) => none(read) || (only('get-url')(read) && read.options.length === 0),
  },
  'rev-list': LOG,
  'rev-parse': {
    short: 'q',
    long: names(`
  show-toplevel abbrev-ref short verify quiet git-dir is-inside-work-tree is-bare-repository show-prefix
  show-cdup absolute-git-dir symbolic-full-name git-common-dir is-shallow-repository symbolic
`),
  },
  shortlog: {
    short: 'snec',
    long: ['summary', 'numbered', 'email', 'all', 'no-merges'],
    longValue: names('since until after before author group'),
  },
  show: LOG,
  'show-branch': { short: 'ar', long: ['all', 'list', 'current', 'no-color'] },
  'show-ref': { long: names('heads tags head dereference branches abbrev hash') },
  stash: { ...LOG, check: only('list', 'show') },
  status: {
    short: 'sbuzv',
    long: names(`
  short branch porcelain long ignored untracked-files ahead-behind show-stash no-renames column verbose
`),
  },
  tag: {
    short: 'ln',
    digits: false,
    long: ['list', 'sort', 'format', 'color', 'no-column'],
    longValue: ['contains', 'merged', 'no-merged', 'points-at'],
    check: listing('list', 'l'),
  },
  version: { check: none },
  whatchanged: LOG,
  worktree: { long: ['porcelain', 'verbose'], short: 'v', check: only('list') },
};
