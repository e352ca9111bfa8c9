/**
 * Puts code of other packages into a build: those whose `engines` exclude a Node that Rookery supports although they run
 * on it, and those that are large on disk and small in use. They are devDependencies; an installation has none of them.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** `docs/dependencies.md` has the reason of each. `cjs`: what is required and not imported. */
const BUNDLED = {
  esm: [
    '@ai-sdk/anthropic',
    '@ai-sdk/openai',
    '@ai-sdk/openai-compatible',
    '@ai-sdk/provider-utils',
    '@modelcontextprotocol/client',
    '@openrouter/ai-sdk-provider',
  ],
  cjs: ['@mozilla/readability', 'ajv', 'ajv/dist/2019.js', 'ajv/dist/2020.js', 'linkedom', 'turndown'],
};
const EXTENSIONS = { esm: '.js', cjs: '.cjs' };
/** Packages of which only types are used, with the declaration file that is copied. */
const TYPES = {
  '@ai-sdk/provider': '@ai-sdk/provider/dist/index.d.ts',
  'json-schema': '@types/json-schema/index.d.ts',
};
const FOLDER = 'vendor';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Afterwards the build imports `vendor/NAME.js` where it imported the package NAME. */
export async function bundlePackages(build) {
  const bundled = await Promise.all(Object.keys(BUNDLED).map((format) => bundle(format, join(build, FOLDER))));
  writeFileSync(join(build, FOLDER, 'LICENSES.md'), licencesOf([...bundled.flat(), ...copyTypes(build)]));
  rewriteImports(build);
}

// ---

/** @returns the files whose code it holds. */
async function bundle(format, dir) {
  const made = await rolldown({
    cwd: root,
    input: Object.fromEntries(BUNDLED[format].map((name) => [name, name])),
    platform: 'node',
    external: isExternal,
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output } = await made.write({
    dir,
    format,
    entryFileNames: `[name]${EXTENSIONS[format]}`,
    chunkFileNames: `chunks/[name]${EXTENSIONS[format]}`,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    // Their licences are in one file beside them.
    comments: false,
  });
  await made.close();
  return output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
}

/** What an installation has. `canvas` is an optional peer of linkedom, which it does without. */
function isExternal(id) {
  return id === 'canvas' || Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`));
}

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
    const text = file
      ? readFileSync(join(directory, file), 'utf8').trim()
      : `No licence file; package.json: ${license}.`;
    return `## ${name} ${version} (${license})\n\n\`\`\`text\n${text}\n\`\`\`\n`;
  });
  return `# Licences of the packages whose code is in this folder\n\n${texts.sort().join('\n')}`;
}

function rewriteImports(build) {
  const files = readdirSync(build, { recursive: true, encoding: 'utf8' });
  // The declarations that were copied name each other; the code that was bundled names no package that is here.
  for (const name of files.filter((path) => /\.d\.ts$|^(?!vendor\b).*\.js$/.test(path))) {
    const file = join(build, name);
    const before = readFileSync(file, 'utf8');
    const after = before.replace(
      /(\bfrom |\bimport\(|\brequire\.resolve\()(['"])([^'"]+)\2/g,
      (whole, start, quote, named) => {
        const target = bundledFile(named);
        if (target === undefined) return whole;
        const path = relative(dirname(file), join(build, FOLDER, target));
        return `${start}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
      },
    );
    if (after !== before) writeFileSync(file, after);
  }
}

function bundledFile(name) {
  if (name in TYPES) return `${name}.js`;
  const format = Object.keys(BUNDLED).find((one) => BUNDLED[one].includes(name));
  return format && `${name}${EXTENSIONS[format]}`;
}
