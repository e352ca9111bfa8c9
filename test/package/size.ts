/** What an installation takes on disk, and which packages take it. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SizeReport {
  /** To print. */
  readonly lines: readonly string[];
  readonly packages: number;
  /** In bytes. */
  readonly total: number;
  /** Of it: the package and its dependencies, without the SDK of Temporal, which is a peer, and what only that needs. */
  readonly own: number;
}

const SHOWN = 12;

/** Of a package that is installed globally: all that it needs is in its own `node_modules`. */
export function sizeReport(directory: string): SizeReport {
  const modules = join(directory, 'node_modules');
  const name = 'rookery';
  const sizes = new Map(namesIn(modules).map((one) => [one, sizeOf(join(modules, one))]));
  sizes.set(name, sizeOf(directory) - sizeOf(modules));
  const ours = neededBy(directory, modules);
  const sum = (names: Iterable<string>): number => [...names].reduce((all, one) => all + (sizes.get(one) ?? 0), 0);
  const total = sum(sizes.keys());
  const own = sum([name, ...ours]);
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  const heading = `Installed: ${mb(total)} MB in ${sizes.size} packages; ${mb(own)} MB without the SDK of Temporal. The largest:`;
  const lines = [heading, ...largest.map(([one, size]) => `${mb(size).padStart(8)} MB  ${one}`)];
  return { lines, packages: sizes.size, total, own };
}

// ---

const mb = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

function namesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    return name.startsWith('@') ? readdirSync(join(modules, name)).map((one) => `${name}/${one}`) : [name];
  });
}

function sizeOf(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Names of the packages that its dependencies lead to. */
function neededBy(directory: string, modules: string): Set<string> {
  const reached = new Set(dependenciesOf(directory));
  for (const name of reached) for (const one of dependenciesOf(join(modules, name))) reached.add(one);
  return reached;
}

function dependenciesOf(directory: string): string[] {
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return [];
  const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: Record<string, string> };
  return Object.keys(dependencies);
}
