/** All workflows of a worker share the modules of the bundle: each costs only its state, and no module keeps any. */
import { readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';

const PRELOADED = /exports\.preloadModules = function preloadModules\(\) \{\s*__webpack_require__\(([^)]*)\)/;
const IMPORTED = /exports\.importWorkflows = function importWorkflows\(\) \{\s*return __webpack_require__\(([^)]*)\)/;
/** Of this repository, as the bundle names it. */
const MODULE = /^\/\*\*\*\/ "[^"]*\/((?:workflows|src\/domain)\/[\w/-]+)\.[jt]s"$/gm;
/** A variable at the top of a module, or a collection that can be changed. What is remembered of an object is none. */
const STATE =
  /^(export )?(let|var) |^(export )?const \w+(: (?!Readonly|readonly)[^=]+)? = (new (Map|Set)\b|\[\];|\{\};)/m;

test('the bundle loads the workflow once for all', () => {
  const code = readFileSync(inject('bundle'), 'utf8');
  expect(IMPORTED.exec(code)?.[1]).toBeDefined();
  expect(PRELOADED.exec(code)?.[1]).toBe(IMPORTED.exec(code)?.[1]);
});

test('no module of the bundle keeps state', () => {
  const code = readFileSync(inject('bundle'), 'utf8');
  const files = [...code.matchAll(MODULE)].map(([, path]) => `${path}.ts`);
  expect(files.length).toBeGreaterThan(40);
  expect(files.filter((file) => STATE.test(readFileSync(file, 'utf8')))).toEqual([]);
});

test('the bundle holds one byte for each character, and no text of the sources', () => {
  const code = readFileSync(inject('bundle'), 'utf8');
  expect(/[^\0-\x7f]/.exec(code)).toBeNull();
  const map = Buffer.from(code.slice(code.lastIndexOf('base64,') + 'base64,'.length).trimEnd(), 'base64').toString();
  expect(Object.keys(JSON.parse(map))).not.toContain('sourcesContent');
});
