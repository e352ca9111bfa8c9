/** Removes from a build the declaration files that no entry of the package leads to: their types cannot be imported. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export function keepShippedDeclarations(build) {
  const { exports: entries } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const types = Object.values(entries).flatMap((entry) => entry.types ?? []);
  const shipped = reachedFrom(types.map((path) => resolve(build, path.replace(/^\.\/dist\//, ''))));
  for (const name of readdirSync(build, { recursive: true, encoding: 'utf8' })) {
    const file = resolve(build, name);
    if (file.endsWith('.d.ts') && !shipped.has(file)) rmSync(file);
  }
}

// ---

/** Files that these lead to, themselves included. */
function reachedFrom(start) {
  const reached = new Set(start);
  for (const file of reached) {
    const named = readFileSync(file, 'utf8').matchAll(/(?:\bfrom |\bimport\()['"](\.[^'"]+)\.js['"]/g);
    for (const [, path] of named) {
      const target = resolve(dirname(file), `${path}.d.ts`);
      if (!existsSync(target)) throw new Error(`${file} names ${target}, which is missing`);
      reached.add(target);
    }
  }
  return reached;
}
