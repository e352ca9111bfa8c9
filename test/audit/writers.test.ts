/** Several processes on one log, and processes that are killed: in each case one chain. */
import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.js';
import { compile, runScript, type Script } from '../files/compiled.js';
import { chance, SCALE, SEEDS } from '../support/random.js';
import { until } from '../support/until.js';
import { filesOf, fill, linesIn, makePlace, type Place } from './support.js';

const KILLS = Math.max(6, Math.round(100 * SCALE));

let compiled: string;
let place: Place;
beforeAll(async () => {
  compiled = await compile('src/audit/log.ts');
});
afterAll(() => rm(compiled, { recursive: true, force: true }));
beforeEach(async () => {
  place = await makePlace();
});
afterEach(() => place.discard());

test('two processes write 500 entries each at once: one whole chain, no entry lost', async () => {
  const writers = ['a', 'b'].map((name) => writer(name, 500));
  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0]);
  expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: true, entries: 1000, problems: [] });
  const said = linesIn(place.file).map((line) => JSON.parse(line).description as string);
  for (const name of ['a', 'b'])
    expect(said.filter((text) => text.startsWith(name))).toEqual([...Array(500).keys()].map((n) => `${name} ${n}`));
  expect(said.slice(0, 990).some((text, at) => text[0] !== said[at + 1]?.[0])).toBe(true);
});

test(`${KILLS} writers are killed at any moment: after the next note the chain is whole, and nothing told as written is lost`, async () => {
  const random = chance(SEEDS[1] ?? 2);
  const told = new Set<string>();
  for (let n = 0; n < KILLS; n++) {
    const before = existsSync(place.file) ? statSync(place.file).size : 0;
    const killed = writer(`w${n}`, Number.POSITIVE_INFINITY);
    await until(() => existsSync(place.file) && statSync(place.file).size > before, { what: 'it writes' });
    await pause(random.below(40));
    killed.process.kill('SIGKILL');
    await killed.ended;
    for (const text of killed.printed().split('\n').slice(0, -1)) told.add(text);
    await fill(place.open(), 1);
    expect(await verifyAudit(filesOf(place))).toMatchObject({ ok: true, problems: [] });
  }
  const said = new Set(linesIn(place.file).map((line) => JSON.parse(line).description as string));
  expect(told.size).toBeGreaterThan(KILLS);
  expect([...told].filter((text) => !said.has(text))).toEqual([]);
  expect(place.announced).toEqual([]);
}, 600_000);

// ---

/** Notes, each after the one before was written, every third on disk; prints what has been written. */
function writer(name: string, count: number): Script {
  return runScript(
    compiled,
    `
    import { writeSync } from 'node:fs';
    import { openAudit } from '${compiled}/src/audit/log.js';
    const audit = openAudit({ ...${JSON.stringify(filesOf(place))}, announce: console.error });
    // While another process has the lock for long, only a timer that keeps nothing running is there.
    const running = setInterval(() => undefined, 1_000);
    // Reads wait for company: with the next note on disk they are there as well.
    for (let n = 0; n < ${count}; n++) {
      const notes = ['read', 'write'].map((effect) => {
        const description = '${name} ' + n++;
        return audit.note({ event: 'tool_call', component: 'tool', description, metadata: { effect }, task: 'one' }).then(() => description);
      });
      n--;
      for (const description of await Promise.all(notes)) writeSync(1, description + '\\n');
    }
    clearInterval(running);`,
  );
}
