/**
 * Options by which programs that mostly read run other programs or write: a rule that ends in ` *` does not cover them.
 * Such a list is never complete, so defaults do not rely on it: `read-only-table.ts` names what they allow. Pure.
 */
import { basename } from 'node:path';

/** @returns true when an option makes the command do more than its name says */
export function hasDangerousOption(name: string, words: readonly string[]): boolean {
  const key = basename(name).replace(/^(python|pypy)[\d.]*$/, 'python');
  const { long = [], short = '', word } = Object.hasOwn(DANGEROUS, key) ? (DANGEROUS[key] as Danger) : {};
  return words.some((given) => {
    if (word?.test(given)) return true;
    // Programs accept abbreviated long options.
    if (/^--./.test(given)) return long.some((option) => option.startsWith(given.slice(2).split('=')[0] ?? ''));
    return /^-[^-]/.test(given) && [...short].some((letter) => given.includes(letter));
  });
}

// ---

interface Danger {
  /** Without dashes; abbreviations count. */
  readonly long?: readonly string[];
  /** Letters, anywhere in a cluster. */
  readonly short?: string;
  readonly word?: RegExp;
}

const GIT_RUNS = [
  ...['output', 'ext-diff', 'textconv', 'filters', 'open-files-in-pager', 'upload-pack', 'receive-pack', 'exec'],
  ...['exec-path', 'config-env', 'config', 'git-dir', 'work-tree', 'template', 'paginate', 'extcmd', 'show-signature'],
  ...['strategy-option', 'tool', 'gpg-sign', 'separate-git-dir', 'to-command', 'edit-description', 'no-index'],
];

const GIT_WORDS =
  /^(-c|-C|-p|-x.*|-O.*|ext::.*|fd::.*|config|foreach|run|filter-branch|difftool|mergetool|alias\..*|.*::.*)$/;

const DANGEROUS: Readonly<Record<string, Danger>> = {
  awk: { short: 'fEilo', long: ['file', 'exec', 'include', 'load', 'pretty-print', 'profile', 'dump-variables'] },
  cargo: { long: ['config', 'manifest-path'] },
  curl: {
    short: 'oOKTDcFd',
    long: [
      'output',
      'output-dir',
      'remote-name',
      'config',
      'upload-file',
      'dump-header',
      'cookie-jar',
      'form',
      'data',
      'trace',
      'stderr',
      'libcurl',
    ],
  },
  date: { short: 's', long: ['set'] },
  eslint: {
    short: 'co',
    long: ['config', 'rulesdir', 'resolve-plugins-relative-to', 'plugin', 'output-file', 'parser', 'format'],
  },
  fd: { short: 'xX', long: ['exec', 'exec-batch'] },
  fdfind: { short: 'xX', long: ['exec', 'exec-batch'] },
  file: { short: 'CmzZ', long: ['compile', 'magic-file', 'uncompress'] },
  find: { word: /^-(exec|ok|delete|fprint|fls|files0-from)/ },
  git: { long: GIT_RUNS, word: GIT_WORDS },
  go: { word: /^--?(exec|toolexec|overlay|modfile|vettool|o|C|ldflags|gcflags|cpuprofile)(=|$)/ },
  gpg: { short: 'o', long: ['output'] },
  hostname: { short: 'bF', long: ['boot', 'file'], word: /^[^-]/ },
  jq: {
    short: 'fL',
    long: ['from-file', 'slurpfile', 'rawfile', 'library-path'],
    word: /\b(env|import|include)\b|\$ENV/,
  },
  less: {
    short: 'oOkKpPtT',
    long: ['log-file', 'LOG-FILE', 'lesskey-file', 'lesskey-src', 'lesskey-content'],
    word: /^\+/,
  },
  make: {
    short: 'fCIE',
    long: ['file', 'makefile', 'directory', 'eval', 'include-dir'],
    word: /^[A-Za-z_][\w.]*[:?+!]*=/,
  },
  man: {
    short: 'PHXTCM',
    long: ['pager', 'html', 'gxditview', 'troff-device', 'config-file', 'manpath', 'preprocessor'],
  },
  more: { word: /^\+/ },
  npm: { short: 'Cc', long: ['prefix', 'script-shell', 'userconfig', 'globalconfig', 'node-options', 'call', 'shell'] },
  pytest: {
    short: 'pco',
    long: ['rootdir', 'config-file', 'override-ini', 'confcutdir', 'basetemp', 'pdbcls', 'import-mode'],
  },
  python: { word: /^-[A-Za-z]*m/ },
  rg: { short: 'z', long: ['pre', 'pre-glob', 'hostname-bin', 'search-zip'] },
  rsync: { short: 'eM', long: ['rsh', 'rsync-path', 'remote-option', 'daemon', 'log-file', 'write-batch'] },
  sed: { short: 'if', long: ['in-place', 'file', 'expression'] },
  sort: { short: 'oTS', long: ['output', 'temporary-directory', 'compress-program', 'files0-from', 'random-source'] },
  ssh: { short: 'oFEL', word: /^-o/ },
  tail: { long: ['pid'] },
  tar: {
    short: 'IFgTX',
    long: [
      'checkpoint-action',
      'to-command',
      'use-compress-program',
      'rsh-command',
      'info-script',
      'new-volume-script',
      'rmt-command',
      'files-from',
      'listed-incremental',
      'index-file',
    ],
    word: /:/,
  },
  tree: { short: 'oR', long: ['output', 'fromfile'] },
  vi: { word: /^[-+]/ },
  vim: { word: /^[-+]/ },
  wc: { long: ['files0-from'] },
  wget: {
    short: 'oOPaeix',
    long: [
      'output-document',
      'output-file',
      'append-output',
      'execute',
      'directory-prefix',
      'input-file',
      'use-askpass',
      'post-file',
      'config',
    ],
  },
  xxd: { short: 'r', long: ['revert'] },
  zip: { short: 'TO', long: ['unzip-command', 'test', 'output-file'] },
};
