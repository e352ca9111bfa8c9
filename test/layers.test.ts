/**
 * Who may import whom: values (`imports`) and types (`types`, beside the values), Node and the libraries of each layer.
 * Domain at the bottom, the command at the top; the workflow sandbox sees only what is pure.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Import {
  readonly file: string;
  /** A path of this tree, or the name of a module. */
  readonly from: string;
  readonly typeOnly: boolean;
}

interface Layer {
  readonly files: RegExp;
  /** What its values may come from. */
  readonly imports: RegExp;
  /** What else its types may come from. */
  readonly types?: RegExp;
}

const LAYERS: Readonly<Record<string, Layer>> = {
  'the domain': { files: /^src\/domain\//, imports: /^src\/domain\// },
  files: { files: /^src\/files\//, imports: /^(src\/(domain|files)\/|node:)/ },
  processes: { files: /^src\/processes\//, imports: /^(src\/(domain|files|processes)\/|node:)/ },
  git: {
    files: /^src\/git\//,
    imports: /^(src\/(domain|files|processes|git)\/|src\/tools\/(git-environment|repository)\.ts$|node:)/,
  },
  notify: { files: /^src\/notify\//, imports: /^(src\/(domain|files|processes|net|notify)\/|node:)/ },
  net: { files: /^src\/net\//, imports: /^(src\/(domain|files|net)\/|node:|undici$|ipaddr\.js$)/ },
  signing: {
    files: /^src\/signing\//,
    imports: /^(src\/(domain|files|signing)\/|node:|@temporalio\/client$)/,
  },
  codec: {
    files: /^src\/codec\//,
    imports: /^(src\/(domain|files|codec)\/|node:|@temporalio\/common$)/,
  },
  tracing: { files: /^src\/tracing\//, imports: /^(src\/(domain|tracing)\/|node:|@opentelemetry\/api$)/ },
  audit: { files: /^src\/audit\//, imports: /^(src\/(domain|files|audit)\/|node:)/ },
  mirror: { files: /^src\/mirror\//, imports: /^(src\/(domain|files|mirror)\/|node:)/ },
  models: {
    files: /^src\/models\//,
    imports: /^(src\/(domain|models)\/|node:|@ai-sdk\/|@openrouter\/ai-sdk-provider$|undici$)/,
  },
  policy: { files: /^src\/policy\//, imports: /^(src\/(domain|files|policy)\/|node:|zod$|unbash$)/ },
  sandbox: { files: /^src\/sandbox\//, imports: /^(src\/(domain|files|processes|net|sandbox)\/|node:)/ },
  tools: {
    files: /^src\/tools\//,
    imports:
      /^(src\/(domain|files|processes|net|sandbox|tools)\/|src\/policy\/glob\.ts$|node:|zod$|undici$|jiti$|@mozilla|linkedom$|turndown$)/,
  },
  mcp: {
    files: /^src\/mcp\//,
    imports:
      /^(src\/(domain|files|processes|net|sandbox|tools|mcp)\/|node:|zod$|undici$|@modelcontextprotocol\/client$)/,
  },
  'answer schemas': { files: /^src\/schema\//, imports: /^(src\/(domain|schema)\/|node:module$)/ },
  'the server': {
    files: /^src\/server\//,
    imports: /^(src\/(domain|files|processes|server)\/|node:|zod$|undici$|@temporalio\/(client|common)\b)/,
  },
  config: {
    files: /^src\/config\//,
    imports:
      /^(src\/(domain|files|config|models|policy)\/|src\/tools\/builtin-tools\.ts$|src\/sandbox\/widening\.ts$|node:|zod$|env-paths$|smol-toml$)/,
  },
  workflows: {
    files: /^workflows\//,
    imports:
      /^(workflows\/|src\/domain\/|@temporalio\/(workflow|common)$|@temporalio\/workflow\/lib\/global-attributes\.js$)/,
    types: /^activities\//,
  },
  activities: {
    files: /^activities\//,
    imports: /^(activities\/|src\/domain\/|@temporalio\/(activity|common)$|node:crypto$|node:timers\/promises$)/,
    types: /^src\/(models|tools|policy|mirror)\//,
  },
  manager: {
    files: /^src\/manager\//,
    imports:
      /^(src\/(domain|files|signing|mirror|schema|server|tracing|git|manager)\/|src\/audit\/(entry|lines)\.ts$|node:|uuid$)/,
  },
  testing: {
    files: /^src\/testing\//,
    imports:
      /^(src\/(domain|manager|mirror|models|testing|worker)\/|src\/plugin\.ts$|node:|@temporalio\/(client|worker)$)/,
  },
  'the worker': {
    files: /^src\/worker\//,
    imports: /^(src\/(?!cli\/|index|plugin)|src\/plugin\.ts$|activities\/|node:|@temporalio\/(client|common|worker)$)/,
  },
  'the plugin and the index': {
    files: /^src\/[a-z-]+\.ts$/,
    imports: /^(src\/(?!cli\/)|activities\/|workflows\/definitions\.ts$|node:|@temporalio\/(client|worker)$)/,
  },
  'the command': {
    files: /^src\/cli\//,
    imports:
      /^(src\/(cli|manager|audit|codec|config|domain|files|notify|policy|schema|server|worker|sandbox|signing|tracing)\/|src\/plugin\.ts$|src\/tools\/(catalogue|user-tools|user-module|surroundings)\.ts$|src\/mirror\/(paths|reader|host-name)\.ts$|src\/models\/create-models\.ts$|src\/mcp\/|node:|commander$|fast-string-truncated-width$|@clack\/prompts$|pino$|zod$|@temporalio\/(client|worker)$)/,
  },
};

const EXPORTED = /^export (?:async )?(?:function|const|class|interface|type|enum) (\w+)/gm;

const FILES = ['src', 'workflows', 'activities'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);
const TEXTS = new Map(FILES.map((file) => [file, readFileSync(file, 'utf8')]));
const IMPORTS = FILES.flatMap(importsOf);

test('every import is understood', () => {
  for (const [file, text] of TEXTS) {
    const statements = text.match(/^(import\b|export (type )?[{*][^=;]*? from )/gm) ?? [];
    expect([file, IMPORTS.filter((one) => one.file === file && !one.dynamic).length]).toEqual([
      file,
      statements.length,
    ]);
  }
});

test('every file is in one layer', () => {
  const homes = FILES.map((file) => [file, Object.values(LAYERS).filter(({ files }) => files.test(file)).length]);
  expect(homes.filter(([, count]) => count !== 1)).toEqual([]);
});

test.each(Object.entries(LAYERS))('%s imports only what is below', (_, { files, imports, types }) => {
  const strays = IMPORTS.filter(({ file, from, typeOnly }) => {
    if (!files.test(file)) return false;
    return !imports.test(from) && !(typeOnly && types?.test(from));
  });
  expect(strays.map(({ file, from }) => `${file} imports ${from}`)).toEqual([]);
});

test('the workflow sandbox reaches neither zod nor Node, over however many files', () => {
  const values = IMPORTS.filter(({ typeOnly }) => !typeOnly);
  const reached = reachableFrom(
    FILES.filter((file) => file.startsWith('workflows/')),
    values,
  );
  const outside = [...reached].filter(
    (name) => !/^(workflows|src\/domain)\/|^@temporalio\/(workflow|common)(\/lib\/global-attributes\.js)?$/.test(name),
  );
  expect(outside).toEqual([]);
});

test('no exported name exists in more than one file', () => {
  const homes = new Map<string, string[]>();
  for (const [file, text] of TEXTS) {
    // A function with several signatures is one export.
    const names = new Set([...text.matchAll(EXPORTED)].map(([, name = '']) => name));
    for (const name of names) homes.set(name, [...(homes.get(name) ?? []), file]);
  }
  // The file of each verb exports its specification under this name.
  const twice = [...homes].filter(([name, files]) => files.length > 1 && name !== 'spec');
  expect(twice).toEqual([]);
});

test('nothing lies loose in src beside the index and the plugin', () => {
  expect(FILES.filter((file) => /^src\/[^/]+$/.test(file)).sort()).toEqual(['src/index.ts', 'src/plugin.ts']);
});

test('no import goes in a circle, types included', () => {
  const circles = FILES.filter((file) => reachableFrom(targetsOf(file, IMPORTS), IMPORTS).has(file));
  expect(circles).toEqual([]);
});

describe('words that belong to one place', () => {
  const holding = (word: RegExp, outside: RegExp) =>
    FILES.filter((file) => !outside.test(file) && word.test(codeOf(TEXTS.get(file) ?? '')));

  test('the environment is read in src/config only', () => {
    expect(holding(/\bprocess\.env\b|process\[|from 'node:process'/, /^src\/config\//)).toEqual([]);
  });

  test('only the output of the command writes to the console', () => {
    expect(holding(/\bconsole\b/, /^src\/cli\//)).toEqual([]);
  });

  test('nothing has the type any', () => {
    expect(holding(/[:<|&(,=]\s*any\b(?!['\w])|\bas any\b|\bany\[\]/, /^$/)).toEqual([]);
  });
});

// ---

function importsOf(file: string): (Import & { readonly dynamic: boolean })[] {
  const text = readFileSync(file, 'utf8');
  const named =
    /^(?:import|export)\s+(type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+(?:\s*,\s*\{[^}]*\})?)\s+from\s+'([^']+)'/gm;
  // `import { type X }` counts as a value: the compiler keeps the import itself.
  const stated = [...text.matchAll(named)].map(([, type, from = '']) => ({
    file,
    from: resolved(file, from),
    typeOnly: type !== undefined,
    dynamic: false,
  }));
  const effects = [...text.matchAll(/^import\s+'([^']+)'/gm)].map(([, from = '']) => ({
    file,
    from: resolved(file, from),
    typeOnly: false,
    dynamic: false,
  }));
  const dynamic = [...text.matchAll(/(typeof\s+)?\bimport\('([^']+)'\)/g)].map(([, type, from = '']) => ({
    file,
    from: resolved(file, from),
    typeOnly: type !== undefined,
    dynamic: true,
  }));
  return [...stated, ...effects, ...dynamic];
}

function resolved(file: string, from: string): string {
  return from.startsWith('.') ? normalize(join(dirname(file), from)).replace(/\.js$/, '.ts') : from;
}

function targetsOf(file: string, imports: readonly Import[]): string[] {
  return imports.filter((one) => one.file === file).map(({ from }) => from);
}

/** Files and modules that these lead to, themselves included. */
function reachableFrom(start: readonly string[], imports: readonly Import[]): Set<string> {
  const reached = new Set<string>(start);
  for (const name of reached) for (const target of targetsOf(name, imports)) reached.add(target);
  return reached;
}

/** Without comments and texts. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
    .replace(/`(?:[^`\\]|\\.)*`/g, '``')
    .replace(/(?<!from )'(?:[^'\\\n]|\\.)*'/g, "''");
}
