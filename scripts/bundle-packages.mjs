/**
 * Puts code of other packages into a build: those whose `engines` exclude a Node that Rookery supports although they run
 * on it, and those that are large on disk and small in use. They are devDependencies; an installation has none of them.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** `docs/dependencies.md` has the reason of each. */
export const BUNDLED = [
  '@ai-sdk/anthropic',
  '@ai-sdk/openai',
  '@ai-sdk/openai-compatible',
  '@ai-sdk/provider-utils',
  '@modelcontextprotocol/client',
  '@mozilla/readability',
  '@openrouter/ai-sdk-provider',
  'linkedom',
  'turndown',
];
/** Packages of which only types are used, with the declaration file that is copied. */
const TYPES = { '@ai-sdk/provider': '@ai-sdk/provider/dist/index.d.ts', 'json-schema': '@types/json-schema/index.d.ts' };
const FOLDER = 'vendor';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Afterwards the build imports `vendor/NAME.js` where it imported the package NAME. */
export async function bundlePackages(build) {
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(BUNDLED.map((name) => [name, name])),
    platform: 'node',
    // An optional peer of linkedom, which it does without.
    external: (id) => id === 'canvas' || Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`)),
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: join(build, FOLDER),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    // Their licences are in one file beside them.
    comments: false,
  });
  await bundle.close();
  const types = copyTypes(build);
  const sources = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  writeFileSync(join(build, FOLDER, 'LICENSES.md'), licencesOf([...sources, ...types]));
  rewriteImports(build);
}

// ---

/** @returns the files that were copied. */
function copyTypes(build) {
  return Object.entries(TYPES).map(([name, path]) => {
    const from = join(root, 'node_modules', path);
    const to = join(build, FOLDER, `${name}.d.ts`);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(from, 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));
    return from;
  });
}

/** The licence file of every package that a source file is from. */
function licencesOf(sources) {
  const directories = new Set(sources.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const texts = [...directories].map((directory) => {
    const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(directory, file), 'utf8').trim() : `No licence file; package.json: ${license}.`;
    return `## ${name} ${version} (${license})\n\n\`\`\`text\n${text}\n\`\`\`\n`;
  });
  return `# Licences of the packages whose code is in this folder\n\n${texts.sort().join('\n')}`;
}

function rewriteImports(build) {
  const names = new Set([...BUNDLED, ...Object.keys(TYPES)]);
  const files = readdirSync(build, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|d\.ts)$/.test(name));
  for (const file of files.map((name) => join(build, name))) {
    const before = readFileSync(file, 'utf8');
    const after = before.replace(/(\bfrom |\bimport\()(['"])([^'"]+)\2/g, (whole, keyword, quote, name) => {
      if (!names.has(name)) return whole;
      const path = relative(dirname(file), join(build, FOLDER, `${name}.js`));
      return `${keyword}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
    });
    if (after !== before) writeFileSync(file, after);
  }
}
