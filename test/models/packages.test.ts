/** What a worker loads for its models: only the packages of the providers that it can ask. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const RECORDER = pathToFileURL(resolve('test/cli/loaded-modules.mjs')).href;
const MODULE = pathToFileURL(resolve('dist/src/models/provider-model.js')).href;
const CREATE = pathToFileURL(resolve('dist/src/models/create-models.js')).href;
/** The code of some is in the build. */
const PACKAGES = /(?<=\/(?:node_modules|dist\/vendor)\/)(@ai-sdk\/[\w-]+|@openrouter\/[\w-]+|ai|zod)(?=\/|\.js)/g;

/** After it was created with these settings, and had time to load what it wants. */
function loadedBy(settings: object): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'rookery-packages-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'modules');
  const program = `
    const { createModels } = await import(${JSON.stringify(CREATE)});
    createModels(${JSON.stringify(settings)});
    await (await import(${JSON.stringify(MODULE)})).loadSdk();`;
  execFileSync(process.execPath, [`--import=${RECORDER}`, '--input-type=module', '--eval', program], {
    env: { ...process.env, LOADED_MODULES: file },
  });
  return [...new Set(readFileSync(file, 'utf8').match(PACKAGES))].sort();
}

const PROVIDERS = /^(@openrouter\/.*|@ai-sdk\/(?!provider).*|ai)$/;

test.each([
  [{ keys: { anthropic: 'k' }, endpoints: {} }, ['@ai-sdk/anthropic']],
  [{ keys: { openai: 'k' }, endpoints: {} }, ['@ai-sdk/openai']],
  [{ keys: {}, endpoints: { ollama: 'http://127.0.0.1:11434' } }, ['@ai-sdk/openai-compatible']],
  [{ keys: {}, endpoints: {} }, ['@ai-sdk/openai-compatible']],
])('%j', (settings, expected) => {
  expect(loadedBy(settings).filter((name) => PROVIDERS.test(name))).toEqual(expected);
});
