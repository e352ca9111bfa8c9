/** What npm would publish: everything that it refers to, nothing that refers to what is missing, and valid for its tools. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, normalize, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pageMarkdown } from '../../src/tools/web/page.js';
import { type Packed, pack, runIn } from './npm.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly name: string;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
};

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
});
afterAll(() => packed.remove());

const textsOf = (pattern: RegExp) =>
  packed.paths.filter((path) => pattern.test(path)).map((path) => [path, readFileSync(path, 'utf8')] as const);

test('every relative link of its pages leads to a file in it', () => {
  const folders = new Set(packed.paths.map((path) => dirname(path)));
  const broken = textsOf(/\.md$/).flatMap(([path, text]) =>
    linksOf(text)
      .map((link) => normalize(join(dirname(path), link)).replace(/\/$/, ''))
      .filter((target) => !packed.paths.includes(target) && !folders.has(target))
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('a path below docker/ and deploy/ that its settings and pages name is in it, or the line says "in a clone"', () => {
  const shipped = (path: string) => packed.paths.some((one) => one === path || one.startsWith(`${path}/`));
  const missing = textsOf(/\.(ya?ml|md)$/).flatMap(([path, text]) =>
    text.split('\n').flatMap((line) =>
      [...line.matchAll(/(?<![\w./-])(?:docker|deploy)\/[\w./-]*\w/g)]
        .map(([named]) => named)
        .filter((named) => !shipped(named) && !MADE.includes(named) && !/\bin (a|the) clone\b/i.test(line))
        .map((named) => `${path}: ${named}`),
    ),
  );
  expect(missing).toEqual([]);
});

test('the README and the examples name the tarball of this version', () => {
  const name = basename(packed.file);
  expect(readFileSync('README.md', 'utf8')).toContain(`npm i -g ./${name}\n`);
  for (const example of readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const { dependencies } = JSON.parse(readFileSync(`examples/${example.name}/package.json`, 'utf8'));
    expect(dependencies.rookery).toBe(`file:../../${name}`);
  }
});

test('the notices of what is in it are in it', () => {
  expect(packed.paths).toEqual(
    expect.arrayContaining(['LICENSE', 'THIRD-PARTY-NOTICES.md', 'dist/vendor/LICENSES.md']),
  );
  const licences = readFileSync('dist/vendor/LICENSES.md', 'utf8');
  const bundled = packed.paths.flatMap(
    (path) => /^dist\/vendor\/(?!chunks\/)(.+?)(?:\.d\.ts|\.c?js)$/.exec(path)?.[1] ?? [],
  );
  expect(bundled).toEqual(expect.arrayContaining(['@ai-sdk/openai', 'linkedom']));
  const packages = new Set(bundled.map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0]));
  for (const name of packages) expect(licences).toMatch(new RegExp(`^## (@types/)?${name} `, 'm'));
});

test('the libraries in it turn a page into the Markdown that the packages make of it', async () => {
  const article = `<p>${'Oaks live for <em>centuries</em>, and <a href="/limes">limes</a> too. '.repeat(20)}</p>`;
  const page = `<html><head><title>Trees</title></head><body><nav>Home</nav><article><h1>Trees</h1>${article}
    <table><tr><th>Tree</th><td>Age</td></tr></table></article></body></html>`;
  const built: string = resolve('dist/src/tools/web/page.js');
  const { pageMarkdown: ofBuild } = (await import(built)) as { pageMarkdown: typeof pageMarkdown };
  const options = { base: 'https://example.com/', deadlineMs: 100_000, signal: new AbortController().signal };
  expect(await ofBuild(page, options)).toEqual(await pageMarkdown(page, options));
  expect(await ofBuild(page, options)).toMatchObject({ bare: false, text: expect.stringContaining('_centuries_') });
});

test('no file names a source map that is not in it', () => {
  expect(packed.paths.filter((path) => path.endsWith('.map'))).toEqual([]);
  const naming = textsOf(/\.(js|d\.ts)$/).filter(([, text]) => /^\/\/# sourceMappingURL=(?!data:)/m.test(text));
  expect(naming.map(([path]) => path)).toEqual([]);
});

test('its code imports Node, its dependencies and files in it, and nothing else', () => {
  // linkedom does without `canvas`, its optional peer; what ajv names so is text of code that it could print.
  const given = [
    manifest.name,
    'canvas',
    'ajv',
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  ];
  const missing = textsOf(/^dist\/(?!workflow-bundle).*\.(c?js|d\.ts)$/).flatMap(([path, text]) =>
    importsOf(path, text)
      .filter((name) => !isThere(name, path, given))
      .map((name) => `${path}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test('the Compose file builds nothing: the sources are not in it', () => {
  const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    services: Record<string, { build?: unknown }>;
  };
  expect(Object.entries(services).flatMap(([name, { build }]) => (build === undefined ? [] : [name]))).toEqual([]);
});

test('publint finds nothing', async () => {
  const tarball = Uint8Array.from(readFileSync(packed.file)).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

// Named there: the resolution of Node 10, which knows no `exports`, and that CommonJS gets an ES module, which every
// Node that the package is for can require.
test('Are The Types Wrong finds nothing but what .attw.json names', async () => {
  const ended = await runIn('.', [process.execPath, 'node_modules/@arethetypeswrong/cli/dist/index.js', packed.file]);
  expect(ended, ended.stdout).toMatchObject({ code: 0 });
});

// ---

/** Made by the reader, as the page says. */
const MADE = ['docker/signing-key'];

/** Targets of Markdown links and images without a scheme, without what follows a `#`. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

function importsOf(path: string, text: string): string[] {
  const code = text.replace(/^\s*\/?\*.*$/gm, '');
  const statements = code.matchAll(/(?:^|[;}])(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"]+)\1/gm);
  const effects = code.matchAll(/^import\s*(['"])([^'"]+)\1/gm);
  // In an ES module `require` alone is not a call, but in a text for another module.
  const calls = path.endsWith('.cjs')
    ? code.matchAll(/\b(?:import|require)\((['"])([^'"]+)\1\)/g)
    : code.matchAll(/\b(?:import|require\.resolve)\((['"])([^'"]+)\1\)/g);
  return [statements, effects, calls].flatMap((found) => [...found].map(([, , name = '']) => name));
}

function isThere(name: string, path: string, given: readonly string[]): boolean {
  if (!name.startsWith('.')) return isBuiltin(name) || given.some((one) => name === one || name.startsWith(`${one}/`));
  const target = normalize(join(dirname(path), name));
  const file = path.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target;
  return packed.paths.includes(file);
}
