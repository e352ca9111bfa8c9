/** The import statements of the source tree, as text: which file imports what, and whether only as a type. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  /** Path from the root of the repository. */
  readonly from: string;
  /** A path from the root, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

export interface Source {
  readonly path: string;
  /** Without comments. */
  readonly text: string;
}

export function sources(...roots: readonly string[]): Source[] {
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, name))
      .map((path) => ({ path, text: withoutComments(readFileSync(path, 'utf8')) })),
  );
}

export function importsOf({ path, text }: Source): Import[] {
  const found: Import[] = [];
  for (const [, clause = '', specifier = ''] of text.matchAll(STATEMENT)) {
    found.push({ from: path, to: target(path, specifier), typeOnly: isTypeOnly(clause) });
  }
  for (const [, specifier = ''] of text.matchAll(DYNAMIC)) {
    found.push({ from: path, to: target(path, specifier), typeOnly: false });
  }
  return found;
}

// ---

/** `import x from 'y'`, `export { x } from 'y'`, `import 'y'`: what stands between, and where from. */
const STATEMENT =
  /^(?:import\s+|export\s+(?=type\s+\{|[{*]))((?:type\s+)?[\w\s,*]*(?:\{[^}]*\})?\s+from\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\('([^']+)'\)/g;

function isTypeOnly(clause: string): boolean {
  if (/^type\s/.test(clause)) return true;
  const names = /^\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? [];
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  return given.length > 0 && given.every((name) => name.startsWith('type '));
}

function target(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts');
  return specifier;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
