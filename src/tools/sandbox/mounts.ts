/**
 * The file system that a command sees, as arguments of bubblewrap: this host read-only, the workspace writable, homes
 * and what is private hidden. The order counts: a later mount lies on an earlier one.
 */
import { RookeryError } from '../../domain/errors.js';
import { isBeneath } from '../workspace.js';
import { covers, dotEntries, emptyAt, outermost, realPaths, sealed } from './covers.js';
import { HOMES, TEMPORARY } from './hidden-roots.js';
import { LIMITS } from './limits.js';
import { linkedRepository } from './linked-repository.js';
import { pinsOf } from './protect.js';
import type { Shown } from './sandbox.js';
import { toolchains } from './toolchains.js';

export interface View {
  /** Real path. */
  readonly workspace: string;
  readonly home: string;
  readonly hidden: readonly string[];
  /** Real paths in the workspace. */
  readonly fixed: readonly string[];
  /** Real paths of files that hold credentials, most of them in the workspace: a name there may lead out of it. */
  readonly credentials: readonly string[];
  readonly sockets: readonly string[];
  /** The PATH; programs in a home are shown again. */
  readonly path: string;
  readonly shown: readonly Shown[];
}

/** Where a command finds a home of its own. */
export const PRIVATE_HOME = '/run/home';

/** Throws a RookeryError for a workspace in which nothing could be hidden. */
export async function mounts(view: View): Promise<string[]> {
  const { workspace, fixed } = view;
  const [home] = await realPaths([view.home]);
  const homes = await realPaths([...HOMES, view.home]);
  const hidden = await realPaths(view.hidden);
  refuseIfHidden(workspace, { homes: homes.filter((path) => path !== home || path !== workspace), hidden });
  const temporary = await realPaths(TEMPORARY);
  const outside = [...homes, ...hidden, ...(await realPaths(PRIVATE))].filter((path) => !isBeneath(workspace, path));
  const covered = outermost(outside).filter((path) => !temporary.some((root) => isBeneath(root, path)));
  const shown = [...(await toolchains(notIn(workspace, view.path), homes)), await linkedRepository(workspace)].filter(
    (path) => path !== undefined,
  );
  const dots = home === workspace ? await dotEntries(home) : [];
  const within = outermost([...hidden.filter((path) => isBeneath(workspace, path)), ...dots]);
  const unseen = [...covered, ...temporary].filter((root) => !isBeneath(root, workspace));
  // A mount moves with what it lies on, so these need no pins.
  const credentials = outermost([...view.credentials, ...within]).filter(
    (path) => !within.includes(path) && !unseen.some((root) => isBeneath(root, path)),
  );
  return [
    ...SYSTEM,
    ...temporary.flatMap((path) => emptyAt(path, path === '/tmp' ? LIMITS.temporaryBytes : LIMITS.smallBytes)),
    ...['--remount-ro', '/dev', '--dir', PRIVATE_HOME],
    ...(await covers(covered)),
    ...[...shown, ...view.shown.map(({ path }) => path)].flatMap((path) => ['--ro-bind', path, path]),
    ...(await covers(view.shown.flatMap(({ without }) => without))),
    ...['--bind', workspace, workspace],
    ...pinsOf(workspace, [...fixed, ...within]).flatMap((path) => ['--bind', path, path]),
    ...fixed.flatMap((path) => ['--ro-bind', path, path]),
    ...(await covers([...within, ...credentials])),
    ...masks(view.sockets, { shown: workspace, unseen: [...covered, ...temporary] }),
    ...(await sealed([...covered, ...within, ...credentials])),
  ];
}

// ---

/** Readable for a worker that is root, or kept there by people. */
const PRIVATE: readonly string[] = [
  ...['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-', '/etc/sudoers', '/etc/sudoers.d'],
  ...['/etc/ssh', '/etc/ssl/private', '/etc/krb5.keytab', '/etc/wireguard', '/etc/NetworkManager/system-connections'],
  ...['/etc/kubernetes', '/etc/rancher', '/var/lib/docker', '/var/lib/containerd', '/var/lib/kubelet'],
  ...['/var/backups', '/var/spool', '/var/mail'],
];

const SYSTEM: readonly string[] = [
  ...['--ro-bind', '/', '/'],
  ...['--dev', '/dev'],
  ...['--proc', '/proc'],
  // A worker that is root could else set what the kernel of this host runs when a program crashes.
  ...['--ro-bind', '/proc/sys', '/proc/sys'],
  ...['/proc/sysrq-trigger', '/proc/acpi', '/proc/scsi', '/proc/fs'].flatMap((path) => ['--ro-bind-try', path, path]),
];

function refuseIfHidden(workspace: string, { homes, hidden }: Record<'homes' | 'hidden', readonly string[]>): void {
  const holds = homes.some((path) => isBeneath(workspace, path))
    ? 'holds the home directories of this host'
    : undefined;
  const why = hidden.includes(workspace) ? 'is the work directory of Rookery' : holds;
  if (why === undefined) return;
  throw new RookeryError('environment', `Commands cannot be confined to the workspace ${workspace}: it ${why}.`, {
    hint: 'Choose another --workspace.',
  });
}

/** What a PATH names in the workspace is seen anyway, and could be a link to anywhere. */
function notIn(workspace: string, path: string): string {
  return path
    .split(':')
    .filter((entry) => !isBeneath(workspace, entry))
    .join(':');
}

/** A read-only mount keeps nobody from connecting to a socket on it. */
function masks(sockets: readonly string[], { shown, unseen }: { shown: string; unseen: readonly string[] }): string[] {
  const visible = sockets.filter((path) => isBeneath(shown, path) || !unseen.some((root) => isBeneath(root, path)));
  return visible.flatMap((path) => ['--ro-bind', '/dev/null', path]);
}
