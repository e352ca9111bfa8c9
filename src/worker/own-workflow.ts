/**
 * Whether the workflow code of a worker has another workflow of the packaged one's name. Reads the text, because workflow
 * code cannot be loaded outside the sandbox: re-exports from files are followed, comments do not count. What it cannot
 * read, such as a minified bundle, it takes for ours.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';
import { WORKFLOW_TYPE } from '../domain/protocol.js';

export function definesOwnWorkflow({ workflowsPath, workflowBundle }: WorkerOptions): boolean {
  if (workflowBundle !== undefined) {
    const code = 'code' in workflowBundle ? workflowBundle.code : (textOf(workflowBundle.codePath) ?? '');
    return hasOther(withoutComments(code), [TOP_LEVEL, RENAMED, ASSIGNED]);
  }
  return workflowsPath !== undefined && moduleHasOther(workflowsPath, new Set());
}

// ---

const NAME = `${WORKFLOW_TYPE}\\b`;
const DECLARATION = '(?:async\\s+)?(?:function\\*?|const|let|var)\\s+';
const EXPORTED = new RegExp(`^\\s*export\\s+${DECLARATION}${NAME}`, 'gm');
/** In a bundle the module's exports are elsewhere; what is inside a function is indented. */
const TOP_LEVEL = new RegExp(`^(?:export\\s+)?${DECLARATION}${NAME}`, 'gm');
const RENAMED = new RegExp(`^\\s*export\\s*\\{[^}]*\\bas\\s+${NAME}`, 'gm');
/** What TypeScript makes of an export for CommonJS; a re-export is a getter. */
const ASSIGNED = new RegExp(`^exports\\.${WORKFLOW_TYPE}\\s*=\\s*(?:${NAME}|async|function)`, 'gm');
/** The packaged workflow with options of its user, as TypeScript writes the call for both kinds of modules. */
const MADE_OF_OURS = /^[^;{]{0,300}?\bcreateBackgroundTask\)?\(/;

const STAR = /^\s*export\s*\*\s*from\s*['"](\.[^'"]+)['"]/gm;
const NAMED = new RegExp(`^\\s*(?:export|import)\\s*\\{[^}]*\\b${NAME}[^}]*\\}\\s*from\\s*['"](\\.[^'"]+)['"]`, 'gm');

function moduleHasOther(path: string, seen: Set<string>): boolean {
  if (seen.has(path)) return false;
  seen.add(path);
  const [file, code] = readModule(path) ?? [];
  if (file === undefined || code === undefined) return false;
  const local = new RegExp(`^\\s*export\\s*\\{[^}]*\\b${NAME}[^}]*\\}(?!\\s*from)`, 'm').test(code);
  if (hasOther(code, local ? [TOP_LEVEL, RENAMED_HERE, ASSIGNED] : [EXPORTED, RENAMED_HERE, ASSIGNED])) return true;
  // A local export takes precedence over the one of a star.
  const named = sourcesIn(code, NAMED);
  const defined = [TOP_LEVEL, ASSIGNED].some((form) => code.search(form) >= 0);
  const sources = named.length > 0 ? named : defined ? [] : sourcesIn(code, STAR);
  return sources.some((source) => moduleHasOther(resolve(dirname(file), source), seen));
}

/** Under another name it may be a re-export of ours only from the package itself. */
const RENAMED_HERE = new RegExp(`${RENAMED.source}[^}]*\\}(?!\\s*from\\s*['"]rookery/)`, 'gm');

function hasOther(code: string, forms: readonly RegExp[]): boolean {
  return forms.some((form) =>
    [...code.matchAll(form)].some(({ index }) => {
      const statement = code.slice(index);
      if (!ASSIGNED_BY_NAME.test(statement)) return !MADE_OF_OURS.test(statement);
      // `exports.x = x`: its declaration is judged.
      const declared = code.search(TOP_LEVEL);
      return declared >= 0 && !MADE_OF_OURS.test(code.slice(declared));
    }),
  );
}

const ASSIGNED_BY_NAME = new RegExp(`^exports\\.${WORKFLOW_TYPE}\\s*=\\s*${NAME}`);

function sourcesIn(code: string, form: RegExp): string[] {
  return [...code.matchAll(form)].map(([, source = '']) => source);
}

/** Strings that look like comments hide code: then a clash is not seen, and none is invented. */
function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** A path may omit the ending, name a directory, or name what a TypeScript file is compiled to. */
function readModule(path: string): [file: string, code: string] | undefined {
  const stem = path.replace(/\.[cm]?js$/, '');
  const endings = ['', '.ts', '.js', '.mjs', '.cjs', '/index.ts', '/index.js', '/index.mjs'];
  const candidates = [...endings.map((ending) => `${path}${ending}`), `${stem}.ts`, `${stem}.mts`, `${stem}.cts`];
  for (const file of candidates) {
    const text = textOf(file);
    if (text !== undefined) return [file, withoutComments(text)];
  }
  return undefined;
}

/** Undefined for what cannot be read: the worker's own bundler reports that. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
