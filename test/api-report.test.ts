/**
 * The public surface of the package: the same as on record (`npm run api` records it), complete, and with what it
 * throws.
 */
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apiReport, surfaceOf, type Target } from './support/api-surface.js';

const { exports: given } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { types?: string } | string>;
};
const ENTRIES = Object.entries(given).flatMap(([path, target]) =>
  typeof target === 'object' && target.types !== undefined ? [[path, resolve(target.types)] as const] : [],
);

/** What is exported there is found there, whichever entry names it. */
const main = surfaceOf(ENTRIES.find(([path]) => path === '.')?.[1] ?? '');

describe.each(ENTRIES)('the entry %s', (path, file) => {
  const surface = surfaceOf(file);
  const name = `rookery${path.slice(1)}`;

  test('exports what is on record', async () => {
    await expect(apiReport(name, surface)).toMatchFileSnapshot(resolve(`docs/api/${name.replace('/', '-')}.md`));
  });

  test('exports every type that an exported one names', () => {
    const keyOf = ({ file, name }: Target): string => `${name} in ${relative('.', file)}`;
    const exported = new Set([...surface, ...main].map(({ origin }) => keyOf(origin)));
    const named = surface.flatMap((one) => one.refersTo.map((target) => `${keyOf(target)}, named by ${one.name}`));
    expect(named.filter((sentence) => !exported.has(sentence.split(',')[0] ?? ''))).toEqual([]);
  });

  test('says of every function and method what it throws', () => {
    const silent = surface.flatMap(({ documented }) =>
      documented.filter(({ comment }) => !/\bthrows\b/i.test(comment)),
    );
    expect(silent.map((one) => one.name)).toEqual([]);
  });
});
