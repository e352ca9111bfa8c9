/** Commands that only look, with the options that leave them so. What is not here asks. Pure data. */

import { type Allowed, argumentsOf, names } from './command-options.js';
import { type ArgumentsCheck, isFind, isTest, listsArchive } from './read-only-checks.js';

export interface Harmless extends Allowed {
  /**
   * What is not an option: `paths` must lie in the workspace (default), `text` is anything, `pattern` is text first
   * and then paths.
   */
  readonly operands?: 'paths' | 'text' | 'pattern';
  /** Options that give the pattern, so that all operands are paths. */
  readonly patternBy?: readonly string[];
  readonly max?: number;
  /** No option of it does harm, so that a file named like one does none. */
  readonly anyGlob?: boolean;
  /** Instead of all that. */
  readonly check?: ArgumentsCheck;
}

/** The environment, modules and what else leads out of the files that were named. */
const NOT_IN_JQ = /\b(env|import|include|inputs?|debug|stderr|modulemeta)\b|\$(ENV|__)/;

const GREP: Harmless = {
  short: 'inrlLcvwxohHsqEFGPaIzUTby',
  shortValue: 'eABCmd',
  digits: true,
  long: names(`
  ignore-case line-number recursive files-with-matches files-without-match count invert-match word-regexp
  line-regexp only-matching no-filename with-filename no-messages quiet silent extended-regexp
  fixed-strings basic-regexp perl-regexp text color colour null byte-offset line-buffered
`),
  longValue: names(`
  include exclude exclude-dir regexp after-context before-context context max-count binary-files
`),
  operands: 'pattern',
  patternBy: ['e', 'regexp'],
  anyGlob: true,
};

/** Of files: their beginnings or their ends. */
const ENDS: Harmless = {
  short: 'qvz',
  shortValue: 'nc',
  digits: true,
  long: ['quiet', 'silent', 'verbose'],
  longValue: ['lines', 'bytes'],
  anyGlob: true,
};

const SUM: Harmless = { short: 'bt', anyGlob: true };

export const HARMLESS: Readonly<Record<string, Harmless>> = {
  ':': { operands: 'text', max: 0 },
  '[': { check: (args, readable) => args.at(-1) === ']' && isTest(args.slice(0, -1), readable) },
  arch: { max: 0 },
  b2sum: { short: 'bt' },
  basename: { short: 'az', shortValue: 's', operands: 'text' },
  cat: {
    short: 'AbeEnstTuv',
    long: ['number', 'number-nonblank', 'show-all', 'show-ends', 'show-tabs'],
    anyGlob: true,
  },
  cksum: {},
  cmp: { short: 'bls', long: ['silent', 'quiet', 'verbose'] },
  column: { short: 'tx', shortValue: 'scN' },
  comm: { short: '123' },
  command: {
    check: ([option, ...names]) => /^-[vV]$/.test(option ?? '') && names.every((name) => /^[\w.+-]+$/.test(name)),
  },
  cut: {
    short: 'sz',
    shortValue: 'dfcb',
    long: ['complement', 'only-delimited'],
    longValue: ['delimiter', 'fields', 'output-delimiter', 'characters'],
  },
  date: {
    check: (args) => args.every((arg) => /^(-u|-I|-R|--utc|--iso-8601(=\w+)?|--rfc-3339=\w+|\+[^\n]*)$/.test(arg)),
  },
  df: { short: 'hHkmTi', long: ['human-readable', 'total'] },
  diff: {
    short: 'urqwbBiyNsa0123456789',
    shortValue: 'UCxI',
    long: names(`
  unified recursive brief color side-by-side ignore-all-space ignore-space-change new-file
  suppress-common-lines strip-trailing-cr report-identical-files
`),
    longValue: ['exclude', 'width'],
    max: 2,
  },
  dirname: { short: 'z', operands: 'text' },
  du: {
    short: 'shackmbxS',
    shortValue: 'dt',
    long: ['human-readable', 'summarize', 'all', 'total', 'apparent-size'],
    longValue: ['max-depth', 'exclude'],
    anyGlob: true,
  },
  echo: { check: () => true, anyGlob: true },
  expand: { shortValue: 't' },
  false: { operands: 'text' },
  file: { short: 'biLhk', long: ['brief', 'mime', 'mime-type', 'mime-encoding', 'dereference'] },
  find: { check: isFind },
  fmt: { shortValue: 'w' },
  fold: { short: 'sb', shortValue: 'w' },
  free: { short: 'hbkmgt', max: 0 },
  egrep: GREP,
  fgrep: GREP,
  grep: GREP,
  groups: { max: 0 },
  head: ENDS,
  hexdump: { short: 'Cvbcdox', shortValue: 'ns' },
  hostname: { short: 'sf', max: 0 },
  id: { short: 'ugGnr', operands: 'text' },
  jq: {
    check: (args, readable) => {
      const read = argumentsOf(args, {
        short: 'rjcsnMCSae',
        long: names(`
  raw-output compact-output slurp null-input sort-keys exit-status tab join-output monochrome-output
`),
      });
      const [filter, ...files] = read?.operands ?? [];
      return filter !== undefined && !NOT_IN_JQ.test(filter.text) && files.every(({ text }) => readable(text));
    },
  },
  logname: { max: 0 },
  ls: {
    short: 'aAbBcCdfFgGhHiklLmnNopqQrRsStTuUvxXZ1',
    shortValue: 'Iw',
    long: names(`
  all almost-all color classify directory human-readable inode recursive reverse size full-time
  group-directories-first no-group numeric-uid-gid dereference si
`),
    longValue: names(`
  sort time time-style format hide ignore width block-size indicator-style
`),
    anyGlob: true,
  },
  lscpu: { max: 0 },
  md5sum: SUM,
  nl: { shortValue: 'bnwsvi' },
  npm: {
    check: ([verb, ...args]) =>
      /^(ls|list|-v)$/.test(verb ?? '') &&
      args.every((arg) => /^(--depth[= ]?\d*|\d+|--all|--json|--long|--prod|--dev|-g|[a-z0-9@][\w@/.-]*)$/.test(arg)),
  },
  node: { check: (args) => args.length === 1 && args[0] === '-v' },
  nproc: { long: ['all'], max: 0 },
  od: { short: 'abcdfiloxvs', shortValue: 'AtNjw' },
  paste: { short: 'sz', shortValue: 'd' },
  printf: { check: ([first = '-']) => !first.startsWith('-'), anyGlob: true },
  pwd: { short: 'PL', max: 0 },
  readlink: { short: 'fenmq', operands: 'text' },
  realpath: { short: 'eLmPsqz', operands: 'text' },
  rev: {},
  rg: {
    short: 'inNlcvwxohHSsFPUaupqI0.',
    shortValue: 'egtTABCmdMrEj',
    long: names(`
  ignore-case line-number no-line-number files-with-matches files-without-match count count-matches
  invert-match word-regexp line-regexp only-matching no-filename with-filename smart-case case-sensitive
  fixed-strings pcre2 multiline text pretty quiet no-heading heading hidden no-ignore no-ignore-vcs json
  stats trim vimgrep column files type-list null multiline-dotall color no-messages version
`),
    longValue: names(`
  regexp glob iglob type type-not after-context before-context context max-count max-depth max-columns
  replace sort sortr max-filesize
`),
    operands: 'pattern',
    patternBy: ['e', 'regexp', 'files', 'type-list'],
  },
  seq: { short: 'w', shortValue: 'sf', operands: 'text' },
  sha1sum: SUM,
  sha256sum: SUM,
  sha512sum: SUM,
  sleep: { operands: 'text', max: 1 },
  sort: {
    short: 'nruhVfbdgMRszcCi',
    shortValue: 'kt',
    long: names(`
  numeric-sort reverse unique human-numeric-sort version-sort ignore-case ignore-leading-blanks stable
  check general-numeric-sort month-sort zero-terminated
`),
    longValue: ['key', 'field-separator'],
  },
  stat: {
    short: 'Lft',
    shortValue: 'c',
    long: ['dereference', 'terse', 'file-system'],
    longValue: ['format', 'printf'],
    anyGlob: true,
  },
  strings: { short: 'af', shortValue: 'nte' },
  tac: { anyGlob: true },
  tail: ENDS,
  tar: { check: listsArchive(/^-?t[vzjJ]*f$/) },
  test: { check: isTest },
  tr: { short: 'cCdst', long: ['delete', 'squeeze-repeats', 'complement'], operands: 'text' },
  tree: {
    short: 'adfhispDFCnlugQN',
    shortValue: 'LIP',
    long: names('dirsfirst gitignore noreport du si prune nolinks matchdirs'),
    longValue: ['filelimit', 'sort', 'charset'],
  },
  true: { operands: 'text' },
  type: { short: 'apt', operands: 'text' },
  uname: { short: 'asnrvmpio', max: 0 },
  unexpand: { shortValue: 't' },
  uniq: { short: 'cdDuiz', shortValue: 'fsw', long: ['count', 'repeated', 'unique', 'ignore-case'], max: 1 },
  unzip: { check: listsArchive(/^-(l|v|Z1)$/) },
  uptime: { short: 'ps', max: 0 },
  wc: { short: 'lwcmL', long: ['lines', 'words', 'bytes', 'chars', 'max-line-length'], anyGlob: true },
  which: { short: 'a', operands: 'text' },
  whoami: { max: 0 },
  xxd: { short: 'pbui', shortValue: 'lscg', max: 1 },
};
