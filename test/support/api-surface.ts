/**
 * The public surface of the package, read from the declaration files of the build: every exported name with its
 * declaration, what it refers to, and what its comment says.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One exported name. */
export interface PublicName {
  readonly name: string;
  /** Where it is declared, and under which name. */
  readonly origin: Target;
  /** Without comments. */
  readonly declaration: string;
  /** Comments of the declaration and of its members. */
  readonly documented: readonly Documented[];
  /** Names of this package that the declaration refers to. */
  readonly refersTo: readonly Target[];
}

/** A function, or a method of a class. */
export interface Documented {
  readonly name: string;
  readonly comment: string;
}

/** A name and the file that declares it. */
export interface Target {
  readonly file: string;
  readonly name: string;
}

/** Sorted by name. `entry`: a declaration file. */
export function surfaceOf(entry: string): PublicName[] {
  const names = [...parse(entry).exported.keys()].sort();
  return names.map((name) => {
    const { file, name: declared } = resolve({ file: entry, name });
    const chunks = parse(file).declared.get(declared) ?? [];
    const declaration = chunks.map(({ text }) => withoutComments(text).trim()).join('\n');
    return {
      name,
      origin: { file, name: declared },
      declaration,
      documented: chunks.flatMap(documentedIn),
      refersTo: referencesOf(file, declaration).filter((target) => target.name !== declared || target.file !== file),
    };
  });
}

/** The surface as a page. */
export function apiReport(title: string, surface: readonly PublicName[]): string {
  const blocks = surface.map(({ name, declaration }) => `## ${name}\n\n\`\`\`ts\n${declaration}\n\`\`\`\n`);
  return `# ${title}\n\nMade by \`npm run api\`; a test compares it with the build.\n\n${blocks.join('\n')}`;
}

// ---

interface Chunk {
  readonly comment: string;
  readonly text: string;
}

interface Parsed {
  readonly declared: ReadonlyMap<string, readonly Chunk[]>;
  readonly imported: ReadonlyMap<string, Target>;
  readonly exported: ReadonlyMap<string, Target>;
}

const cache = new Map<string, Parsed>();

function parse(file: string): Parsed {
  const known = cache.get(file);
  if (known) return known;
  const declared = new Map<string, Chunk[]>();
  const imported = new Map<string, Target>();
  const exported = new Map<string, Target>();
  for (const chunk of chunksOf(readFileSync(file, 'utf8'))) {
    const list = /^(import|export)(?: type)? \{([^}]*)\}(?: from ['"]([^'"]+)['"])?/.exec(chunk.text);
    if (list) {
      const [, kind, names = '', from] = list;
      const source = from === undefined ? file : pathOf(file, from);
      for (const [outer, inner] of namesIn(names)) {
        if (kind === 'import' && source) imported.set(outer, { file: source, name: inner });
        if (kind === 'export') exported.set(outer, { file: source ?? '', name: inner });
      }
      continue;
    }
    const name = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|enum) (\w+)/.exec(
      chunk.text,
    )?.[1];
    if (name === undefined) continue;
    declared.set(name, [...(declared.get(name) ?? []), chunk]);
    if (chunk.text.startsWith('export ')) exported.set(name, { file, name });
  }
  const parsed = { declared, imported, exported };
  cache.set(file, parsed);
  return parsed;
}

/** The file that declares a name, over however many exports. */
function resolve({ file, name }: Target): Target {
  const { declared, imported, exported } = parse(file);
  if (declared.has(name)) return { file, name };
  const next = imported.get(name) ?? exported.get(name);
  if (!next || next.file === '') throw new Error(`${file} exports ${name} from outside of the package`);
  return resolve(next);
}

/** Top-level statements, with the comment above each. */
function chunksOf(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let comment: string[] = [];
  let open: string[] = [];
  for (const line of text.split('\n')) {
    if (open.length === 0 && /^(\/\*\*| \*)/.test(line)) {
      if (line.startsWith('/**')) comment = [];
      comment.push(line);
      continue;
    }
    if (open.length === 0 && line.trim() === '') continue;
    open.push(line);
    const code = withoutTexts(withoutComments(open.join('\n'))).trim();
    if (!isBalanced(code) || !/[;}]$/.test(code)) continue;
    chunks.push({ comment: comment.join('\n'), text: open.join('\n') });
    open = [];
    comment = [];
  }
  return chunks;
}

/** What of a chunk can be called: itself, or its methods that are not private. */
function documentedIn({ comment, text }: Chunk): Documented[] {
  const declared = /^export declare (function|class) (\w+)/.exec(text);
  if (declared?.[1] === 'function') return [{ name: declared[2] ?? '', comment }];
  if (declared?.[1] !== 'class') return [];
  const members = /((?:^ {4}(?:\/\*\*.*| \*.*)\n)*)^ {4}((?:static )?\w+)(?:<[^\n(]*>)?\(/gm;
  return [...text.matchAll(members)].map(([, above = '', name = '']) => ({
    name: `${declared[2]}.${name.replace('static ', '')}`,
    comment: above,
  }));
}

function referencesOf(file: string, declaration: string): Target[] {
  const { imported, declared } = parse(file);
  const inline = [...declaration.matchAll(/import\(['"](\.[^'"]+)['"]\)\.(\w+)/g)].map(([, from = '', name = '']) =>
    resolve({ file: pathOf(file, from) ?? '', name }),
  );
  // The compiler resolves the type of a constant for the reader.
  const code = withoutTexts(declaration).replace(/\btypeof \w+/g, '');
  const words = new Set(code.match(/(?<![.\w])[A-Za-z_]\w*(?!\??:)/g) ?? []);
  const named = [...words].flatMap((name) => {
    if (declared.has(name)) return [{ file, name }];
    const target = imported.get(name);
    return target ? [resolve(target)] : [];
  });
  return [...named, ...inline];
}

/** Pairs of the name outside and the name inside. */
function namesIn(list: string): [string, string][] {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type /, ''))
    .filter(Boolean)
    .map((item) => {
      const [inner = '', outer = inner] = item.split(' as ');
      return [outer, inner];
    });
}

/** @returns undefined for a module of another package, also for one whose declarations are in the build */
function pathOf(file: string, from: string): string | undefined {
  return /^\.(?!.*\/vendor\/)/.test(from) ? join(dirname(file), from.replace(/\.js$/, '.d.ts')) : undefined;
}

function isBalanced(code: string): boolean {
  const count = (brackets: RegExp): number => code.match(brackets)?.length ?? 0;
  return count(/[{([]/g) === count(/[})\]]/g);
}

function withoutComments(text: string): string {
  return text.replace(/^[ \t]*\/\*[\s\S]*?\*\/\n?/gm, '').replace(/^\/\/# .*$/gm, '');
}

function withoutTexts(code: string): string {
  return code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''");
}
