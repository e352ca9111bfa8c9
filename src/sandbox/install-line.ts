/** The command that installs bubblewrap on this system, by the package manager that it has. */
import { existsSync } from 'node:fs';

export function installLine(isThere: (path: string) => boolean = existsSync): string {
  const [, command] = MANAGERS.find(([program]) => isThere(program)) ?? [];
  return command === undefined ? 'Install the package bubblewrap' : `Install it: ${command}`;
}

// ---

const MANAGERS: readonly (readonly [program: string, command: string])[] = [
  ['/usr/bin/apt-get', 'sudo apt install bubblewrap'],
  ['/usr/bin/dnf', 'sudo dnf install bubblewrap'],
  ['/usr/bin/yum', 'sudo yum install bubblewrap'],
  ['/usr/bin/pacman', 'sudo pacman -S bubblewrap'],
  ['/usr/bin/zypper', 'sudo zypper install bubblewrap'],
  ['/sbin/apk', 'sudo apk add bubblewrap'],
];
