/**
 * Commands that run other commands: what a wrapper or an interpreter would run, as far as its words tell. Pure.
 */
import { basename } from 'node:path';
import { isHarmlessAwk, sedFiles } from './sed-awk.js';

export type Inner =
  /** It runs no other command. */
  | { readonly kind: 'none' }
  /** It may run a command that its words do not tell. */
  | { readonly kind: 'unknown' }
  /** It runs the words from `at` on; `open`: with more arguments from elsewhere. */
  | { readonly kind: 'words'; readonly at: number; readonly open: boolean }
  | { readonly kind: 'line'; readonly text: string };

export function innerOf(words: readonly string[]): Inner {
  const name = basename(words[0] ?? '');
  if (OPAQUE_WRAPPERS.has(name)) return UNKNOWN;
  if (Object.hasOwn(WRAPPERS, name)) return innerOfWrapper(words, WRAPPERS[name] as Wrapper);
  if (SHELLS.has(name)) return innerOfShell(words);
  if (name === 'find') return innerOfFind(words);
  if (name === 'sed' || name === 'gsed') return sedFiles(words.slice(1)) ? NONE : UNKNOWN;
  if (/^[gmn]?awk$/.test(name)) return isHarmlessAwk(words.slice(1)) ? NONE : UNKNOWN;
  const interpreter = INTERPRETERS.find(({ names }) => names.test(name));
  return interpreter ? innerOfInterpreter(words, interpreter.inline) : NONE;
}

// ---

const NONE: Inner = { kind: 'none' };
const UNKNOWN: Inner = { kind: 'unknown' };

interface Wrapper {
  /** Options that take no value, or have it within the word. */
  readonly flags: RegExp;
  /** Options whose value is the next word. */
  readonly valued?: RegExp;
  /** Words before the command. */
  readonly operands?: number;
  readonly open?: boolean;
}

const NOTHING = /^$/;

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  command: { flags: /^-p$/ },
  env: { flags: NOTHING },
  nice: { flags: /^(-\d+|-n-?\d+|--adjustment=-?\d+)$/, valued: /^(-n|--adjustment)$/ },
  nohup: { flags: NOTHING },
  npx: { flags: /^(-y|--yes|--no|--no-install|-q|--quiet)$/ },
  setsid: { flags: /^-[fw]+$/ },
  stdbuf: { flags: /^-[ioe][L0-9]+$/ },
  sudo: { flags: /^-[nE]$/ },
  time: { flags: /^-[pv]$/ },
  timeout: {
    flags: /^(-v|-k\d\S*|-s\w+|--foreground|--preserve-status|--verbose|--(kill-after|signal)=\w+)$/,
    valued: /^-[ks]$/,
    operands: 1,
  },
  xargs: { flags: /^(-[0rtx]+|-[nPL]\d+|-d\S+|--null|--no-run-if-empty)$/, valued: /^-[nPLdI]$/, open: true },
};

const OPAQUE_WRAPPERS = new Set(
  (
    'doas su runuser pkexec ssh mosh parallel watch script scriptreplay flock strace ltrace gdb lldb valgrind perf ' +
    'chroot unshare nsenter systemd-run setpriv capsh expect screen tmux at batch crontab busybox toybox chrt ' +
    'taskset ionice numactl setarch firejail bwrap dbus-run-session start-stop-daemon entr ld.so exec coproc unbuffer'
  ).split(' '),
);

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh', 'fish', 'rbash', 'csh', 'tcsh']);

const INTERPRETERS: readonly { readonly names: RegExp; readonly inline: RegExp }[] = [
  { names: /^(python|pypy)[\d.]*$/, inline: /^-[A-Za-z]*[ciW]/ },
  { names: /^(node|nodejs|bun|deno|tsx|ts-node)$/, inline: /^(-[a-z]*[eprC]|--(e|p|i|r|l|expe|im|lo|env|ins))/ },
  { names: /^(perl|ruby|lua[\d.]*|php|Rscript|tclsh|osascript|guile|elixir|groovy)[\d.]*$/, inline: /^-/ },
];

function innerOfWrapper(
  words: readonly string[],
  { flags, valued = NOTHING, operands = 0, open = false }: Wrapper,
): Inner {
  let at = 1;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (valued.test(word)) at++;
    else if (!word.startsWith('-') || word === '-') break;
    else if (!flags.test(word)) return asksForVersion(words) ? NONE : UNKNOWN;
  }
  at += operands;
  if (at >= words.length) return words.length === 1 && !open ? NONE : UNKNOWN;
  // `env A=b cmd`: a variable alone can make a command run something else.
  if (words[at]?.includes('=') || words[at]?.startsWith('-')) return UNKNOWN;
  return { kind: 'words', at, open };
}

/** `command -v`, `timeout --version`. */
function asksForVersion(words: readonly string[]): boolean {
  return (words[0] === 'command' && /^-[vV]$/.test(words[1] ?? '')) || (words.length === 2 && words[1] === '--version');
}

function innerOfShell(words: readonly string[]): Inner {
  const [, option = '', text, ...more] = words;
  if (/^-[elux]*c$/.test(option) && text !== undefined && more.length === 0) return { kind: 'line', text };
  if (words.length === 2 && option === '--version') return NONE;
  // A script file is judged as part of the outer command; options, and a shell that reads its input, are unknown.
  return words.length > 1 && !/^[-+]/.test(option) ? NONE : UNKNOWN;
}

function innerOfFind(words: readonly string[]): Inner {
  const runs = words.flatMap((word, n) => (/^-(exec|ok)/.test(word) ? [n] : []));
  if (words.some((word) => /^-(delete|fprint|fls|files0-from)/.test(word))) return UNKNOWN;
  if (runs.length === 0) return NONE;
  const at = (runs[0] ?? 0) + 1;
  return runs.length === 1 && at < words.length ? { kind: 'words', at, open: true } : UNKNOWN;
}

function innerOfInterpreter(words: readonly string[], inline: RegExp): Inner {
  if (words.length === 2 && /^(--version|-V|-v|version)$/.test(words[1] ?? '')) return NONE;
  for (const word of words.slice(1)) {
    if (word === '-' || inline.test(word)) return UNKNOWN;
    // `-m` names a program, as a script file does.
    if (!word.startsWith('-') || /^-[A-Z]*m/i.test(word)) return NONE;
  }
  return UNKNOWN;
}
