/**
 * How the work of something grows with its input. A limit in milliseconds would depend on the machine; a ratio of two
 * measurements in one run does not: what is linear takes twice the time for twice the input, what is quadratic four times.
 */
import { createContext, runInContext } from 'node:vm';
import { expect } from 'vitest';

/** For twice the input: linear work is near 2, quadratic work near 4. */
const MOST = 2.5;
/** The larger input is this many times the smaller: two doublings keep linear and quadratic further apart than one. */
const TIMES = 4;
/** What is shorter is repeated: the processor time of a few microseconds says nothing. */
const MEASURABLE_MS = 4;
const MIN_ROUNDS = 3;
/** A busy machine disturbs some rounds, never all of them. */
const MAX_ROUNDS = 25;
/** Only what would never end takes so long. */
const HANG_MS = 60_000;

/**
 * Fails when `work` takes more than 2.5 times as long for twice the input. The larger of the two inputs has `size`: at most
 * some hundred kilobytes, for what does not fit the processor's cache is slower for that reason alone.
 */
export function expectLinear<T>(size: number, inputOf: (size: number) => T, work: (input: T) => unknown): void {
  const growth = growthPerDoubling(size, inputOf, work);
  expect(growth, `growth of the work when the input of ${size} doubles`).toBeLessThanOrEqual(MOST);
}

/** How many times as long the work takes for twice the input, by the fastest of several rounds for each. */
export function growthPerDoubling<T>(size: number, inputOf: (size: number) => T, work: (input: T) => unknown): number {
  const [small, large] = [Math.ceil(size / TIMES), size].map((each) => prepared(inputOf(each), work));
  if (!small || !large) throw new Error('there are two sizes');
  let fastest = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY };
  const growth = (): number => (fastest.large / fastest.small) ** (1 / Math.log2(TIMES));
  for (let round = 0; round < MAX_ROUNDS && (round < MIN_ROUNDS || growth() > MOST); round++) {
    fastest = { small: Math.min(fastest.small, small()), large: Math.min(fastest.large, large()) };
  }
  return growth();
}

/** Does it. Synchronous work without an end is interrupted wherever it is, which no time limit of a test could do. */
export function withoutHang(work: () => void): void {
  runInContext('work()', createContext({ work }), { timeout: HANG_MS });
}

// ---

/** A measurement of one piece of work: the processor time of one run in milliseconds, out of as many as are measurable. */
function prepared<T>(input: T, work: (input: T) => unknown): () => number {
  let runs = 1;
  return () => {
    for (;;) {
      const took = processorTime(() => {
        for (let run = 0; run < runs; run++) work(input);
      });
      if (took >= MEASURABLE_MS) return took / runs;
      runs *= 2;
    }
  };
}

/** Of this process, with its garbage collector. */
function processorTime(work: () => void): number {
  const started = process.cpuUsage();
  withoutHang(work);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}
