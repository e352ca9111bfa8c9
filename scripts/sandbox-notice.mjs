/**
 * For `npm test`: says in its first lines when no OS sandbox works on this machine, why, what to do, and which tests are
 * skipped for that. Needs `dist/`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** As `test/support/sandbox.ts` writes it into the names of those tests. */
const MARK = '(skipped: no sandbox here';

/** @param filters The arguments for vitest: only the tests of this run are counted. */
export async function sandboxNotice(filters) {
  const { findSandbox } = await import('../dist/src/sandbox/detect.js');
  const found = await findSandbox({ hidden: [], home: homedir() });
  if (found.kind === 'available') return;
  console.log(`No OS sandbox works here: ${found.why}. ${found.fix}.`);
  const skipped = await skippedTests(filters);
  const total = [...skipped.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return;
  console.log(`Without it ${total} tests are skipped: ${[...skipped].map((row) => row.join(' ')).join(', ')}`);
}

// ---

/** Tests of each file that are skipped; the files are loaded, nothing is run. */
async function skippedTests(filters) {
  const paths = filters.filter((filter) => !filter.startsWith('-') && /^test\b/.test(filter));
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((name) => join('test', name))
    .filter((file) => file.endsWith('.test.ts') && (paths.length === 0 || paths.some((path) => file.includes(path))))
    .filter((file) => readFileSync(file, 'utf8').includes('sandboxHere('));
  if (files.length === 0) return new Map();
  const { createVitest } = await import('vitest/node');
  const vitest = await createVitest('test', { watch: false, reporters: [] });
  try {
    const { testModules } = await vitest.collect(files, { staticParse: false });
    return new Map(
      testModules
        .map(({ relativeModuleId, children }) => [
          relativeModuleId,
          [...children.allTests()].filter(({ fullName }) => fullName.includes(MARK)).length,
        ])
        .filter(([, count]) => count > 0),
    );
  } finally {
    await vitest.close();
  }
}
