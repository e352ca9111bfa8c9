/**
 * The two short shell programs around a command: one outside the sandbox that starts bubblewrap, and one inside that
 * starts the command. Both end with `exec`, so that no extra process remains. A missing seccomp program or network
 * bridge fails the start; control groups and rlimits are set where the system allows it.
 */
import { LIMITS } from './cgroup.js';

export interface Outside {
  /** The `cgroup.procs` files of the control groups; a process joins by writing 0. */
  readonly controlGroupFiles: readonly string[];
  /** Path of the seccomp program. */
  readonly filter: string;
  readonly bubblewrap: readonly string[];
  /** Inherited descriptors that the command must not have. */
  readonly descriptorsToClose: readonly number[];
}

/** bubblewrap reads the seccomp program from descriptor 9. */
export const FILTER_FD = 9;

/** Only bash can close descriptors of two digits; without bash such a command fails to start. */
export function outside({ controlGroupFiles, filter, bubblewrap, descriptorsToClose }: Outside): [string, ...string[]] {
  const closing = descriptorsToClose.map((descriptor) => `exec ${descriptor}>&-\n`).join('');
  const shell = descriptorsToClose.length > 0 ? '/bin/bash' : '/bin/sh';
  return [shell, '-c', closing + OUTSIDE, 'rookery-sandbox', filter, ...controlGroupFiles, '--', ...bubblewrap];
}

export function inside(argv: readonly string[], { bridge, perNamespace, ignored }: Inside): string[] {
  const limits = [...(perNamespace ? [PROCESSES] : []), FILES];
  // bash counts its own depth in the environment.
  const script = [...limits, ...(bridge ? [BRIDGE] : []), IGNORE, 'unset SHLVL', 'exec "$@"'].join('\n');
  return ['/bin/sh', '-c', script, 'sh', ...(bridge ?? []), ignored.map((path) => `/${path}\n`).join(''), ...argv];
}

export interface Inside {
  /** Node and the program that forwards a port inside to the proxy outside. */
  readonly bridge?: readonly [node: string, program: string];
  /** The kernel counts processes per user namespace; before 5.14 it counts all processes of the user. */
  readonly perNamespace: boolean;
  /** Stand-ins that git is not to show, stash or remove, relative to the workspace. */
  readonly ignored: readonly string[];
}

// ---

/**
 * The kernel kills a command's processes before the worker when memory runs out. Where a control group accepts no
 * process, only the other limits apply.
 */
const OUTSIDE = `filter=$1; shift
while [ "$1" != -- ]; do { echo 0 > "$1"; } 2> /dev/null; shift; done
shift
{ echo 1000 > /proc/self/oom_score_adj; } 2> /dev/null
exec "$@" ${FILTER_FD}< "$filter"`;

/** dash and busybox call it -p, the others -u. A lower existing limit stays. */
const PROCESSES = `{ ulimit -u ${LIMITS.processes} || ulimit -p ${LIMITS.processes}; } 2>/dev/null`;

/** POSIX counts file sizes in blocks of 512 bytes. */
const FILES = `{ ulimit -c 0; ulimit -f ${LIMITS.fileBytes / 512}; ulimit -n ${LIMITS.openFiles}; ulimit -d ${LIMITS.dataBytes / 1024}; } 2>/dev/null`;

/** The file of a person that git reads in addition to those of the repository. An earlier command may have left one. */
const IGNORE = `ignored=$1; shift
if [ -n "$ignored" ] || [ -e "$HOME/.config/git/ignore" ]; then
{ mkdir -p "$HOME/.config/git" && printf %s "$ignored" > "$HOME/.config/git/ignore"; } 2> /dev/null
fi
unset ignored`;

/** In a detached process: a command that waits for all its children must not wait for this one. */
const BRIDGE = `node=$1; program=$2; shift 2
mkfifo /run/ready
( env -i "$node" -e "$program" > /run/ready 2> /dev/null < /dev/null & )
read ready < /run/ready
[ "$ready" = ready ] || exit 125`;
