/** Command lines that fetch a package and run a program of it: `npx -y NAME[@VERSION] …`, `uvx NAME …`. Pure. */
import { basename } from 'node:path';
import type { StdioServer } from '../domain/mcp.js';

export interface PackageLine {
  readonly manager: 'npm' | 'uv';
  /** As the manager takes it: a name, and a version or a tag. */
  readonly spec: string;
  /** When undefined: the one with the package's name, or the only one. */
  readonly program: string | undefined;
  readonly args: readonly string[];
}

/** @returns undefined for another command, or one with unknown options; it is started unchanged. */
export function packageLine({ command, args }: StdioServer): PackageLine | undefined {
  const manager = MANAGERS[basename(command)];
  if (manager === undefined) return undefined;
  let from: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const [option = '', value] = word.split(/=(.*)/s, 2);
    if (FROM[manager].includes(option)) from = value ?? args[++at];
    else if (!QUIET[manager].includes(word)) return lineOf(manager, from, args.slice(word === '--' ? at + 1 : at));
  }
  return undefined;
}

/** Where the manager fetches from, unless a person has set it otherwise. */
export const REGISTRIES: Readonly<Record<PackageLine['manager'], string>> = {
  npm: 'registry.npmjs.org',
  uv: 'pypi.org',
};

/** Without version and tag. */
export function packageName(spec: string): string {
  return spec.replace(/(?!^)(@|[=<>~!]=?).*$/s, '');
}

// ---

const MANAGERS: Readonly<Record<string, PackageLine['manager'] | undefined>> = { npx: 'npm', uvx: 'uv' };
const FROM: Readonly<Record<PackageLine['manager'], readonly string[]>> = { npm: ['-p', '--package'], uv: ['--from'] };
const QUIET: Readonly<Record<PackageLine['manager'], readonly string[]>> = {
  npm: ['-y', '--yes', '-q', '--quiet'],
  uv: ['-q', '--quiet', '--isolated'],
};

/** Names of a registry only: no address, no repository, no path. */
const SPECS: Readonly<Record<PackageLine['manager'], RegExp>> = {
  npm: /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(@[A-Za-z0-9._^~+-]+)?$/,
  uv: /^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?((@|==)[A-Za-z0-9._+-]+)?$/,
};

function lineOf(manager: PackageLine['manager'], from: string | undefined, words: readonly string[]) {
  const [first = '', ...args] = words;
  const spec = from ?? first;
  if (first.startsWith('-') || !SPECS[manager].test(spec) || /^-/.test(spec)) return undefined;
  return { manager, spec, program: from === undefined ? undefined : first, args };
}
