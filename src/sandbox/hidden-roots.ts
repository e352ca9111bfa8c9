/** The places that a command in the sandbox does not see, and of which single programs are shown again. Pure. */
import { dirname } from 'node:path';
import { isWithin } from '../files/paths.js';

export const HOME_ROOTS: readonly string[] = ['/home', '/root', '/Users'];

export const TEMPORARY: readonly string[] = ['/tmp', '/var/tmp', '/run', '/var/run', '/dev/shm'];
const TEMPORARY_OF_MACOS: readonly string[] = ['/private/tmp', '/private/var/tmp', '/private/var/folders'];

/** Readable for a worker that is root, or kept there by people. */
export const PRIVATE_PATHS: readonly string[] = [
  ...['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-', '/etc/sudoers', '/etc/sudoers.d'],
  ...['/etc/ssh', '/etc/ssl/private', '/etc/krb5.keytab', '/etc/wireguard', '/etc/NetworkManager/system-connections'],
  ...['/etc/kubernetes', '/etc/rancher', '/var/lib/docker', '/var/lib/containerd', '/var/lib/kubelet'],
  ...['/var/backups', '/var/spool', '/var/mail'],
];

/** `home`: real path of the person's own. */
export function isHiddenPlace(path: string, home: string): boolean {
  return [...HOME_ROOTS, ...TEMPORARY, ...TEMPORARY_OF_MACOS, home].some(
    (root) => path !== root && isWithin(root, path),
  );
}

/** A directory that holds all files of one user or of all users: never shown as a whole. */
export function holdsTooMuch(path: string, home: string): boolean {
  const roots = [...HOME_ROOTS, ...TEMPORARY, ...TEMPORARY_OF_MACOS, home];
  return roots.some((root) => isWithin(path, root)) || ['/home', '/Users'].includes(dirname(path));
}
