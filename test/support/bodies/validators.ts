/**
 * The validators of request bodies as programs on disk, made once for each set of packages: the processes of the tests load
 * them in milliseconds.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { closedDocument } from './closed.js';
import { openapiNames, openapiText, SDK_SOURCES, type SdkSource, versionOf } from './sources.js';

const CACHE = resolve('node_modules/.cache/rookery-bodies');

/** @returns the folder with a file `NAME.cjs` for each source. */
export async function madeValidators(): Promise<string> {
  const folder = join(CACHE, keyOfSources());
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const made = mkdtempSync(join(CACHE, 'new-'));
  try {
    for (const source of SDK_SOURCES) write(made, source.name, await sdkSchema(made, source));
    for (const name of openapiNames()) {
      write(made, `openapi-${name}`, closedDocument(JSON.parse(openapiText(name)) as Record<string, unknown>));
    }
    rename(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return folder;
}

// ---

/** Another run may have made the same in the meantime. */
function rename(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function keyOfSources(): string {
  const here = import.meta.dirname;
  const files = readdirSync(here)
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const hash = createHash('sha256');
  for (const name of files) hash.update(readFileSync(join(here, name)));
  const packages = [...SDK_SOURCES.map((source) => source.package), 'ts-json-schema-generator', 'ajv'];
  for (const name of packages) hash.update(`${name} ${versionOf(name)}\n`);
  for (const name of openapiNames()) hash.update(openapiText(name));
  return hash.digest('hex').slice(0, 16);
}

async function sdkSchema(folder: string, { name, code }: SdkSource): Promise<object> {
  const { createGenerator } = await import('ts-json-schema-generator');
  const path = join(folder, `${name}.ts`);
  const tsconfig = join(folder, 'tsconfig.json');
  writeFileSync(path, code);
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, types: ['node'] };
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions }));
  const generator = createGenerator({
    ...{ path, tsconfig, type: 'Body', expose: 'all', jsDoc: 'none' },
    ...{ skipTypeCheck: true, additionalProperties: false, topRef: false },
  });
  // It names draft 7; nothing in it is read otherwise in that of 2020.
  const { $schema: _, ...schema } = generator.createSchema('Body');
  return schema;
}

function write(folder: string, name: string, schema: object): void {
  const ajv = new Ajv2020({ strict: false, code: { source: true }, inlineRefs: false, logger: false });
  writeFileSync(join(folder, `${name}.cjs`), standalone.default(ajv, ajv.compile(schema)));
}
