/**
 * Finds the lines of a text that match, within a time that is kept whatever the pattern: a regular expression can take
 * years, so it runs in a thread that is ended. Knows nothing of files.
 */
import { Worker } from 'node:worker_threads';
import { sentenceOf } from '../domain/errors.js';

export interface LineMatch {
  /** Counted from 1. */
  readonly line: number;
  /** The beginning of the line. */
  readonly text: string;
}

export interface Matcher {
  /** For each text at most `max` hits. Throws TooSlow when the deadline has passed. */
  find(texts: readonly string[], max: number): Promise<LineMatch[][]>;
  close(): Promise<void>;
}

export class TooSlow extends Error {}

export interface MatcherOptions {
  readonly pattern: string;
  readonly regex: boolean;
  /** On the clock of performance.now(). */
  readonly deadline: number;
}

/** A string instead of a matcher says what is wrong with the regular expression. */
export function createMatcher({ pattern, regex, deadline }: MatcherOptions): Matcher | string {
  if (!regex) return literal(pattern, deadline);
  try {
    new RegExp(pattern);
  } catch (error) {
    return sentenceOf(error);
  }
  return threaded(pattern, deadline);
}

// ---

const MAX_LINE_LENGTH = 1_200;

function literal(pattern: string, deadline: number): Matcher {
  return {
    find: async (texts, max) =>
      texts.map((text) => {
        if (performance.now() > deadline) throw new TooSlow();
        return findLiteral(text, pattern, max);
      }),
    close: () => Promise.resolve(),
  };
}

function findLiteral(text: string, pattern: string, max: number): LineMatch[] {
  const hits: LineMatch[] = [];
  let line = 1;
  let countedTo = 0;
  for (let at = text.indexOf(pattern); at !== -1 && hits.length < max; ) {
    const start = text.lastIndexOf('\n', at - 1) + 1;
    const end = endOf(text, at);
    line += newlines(text, countedTo, start);
    countedTo = start;
    hits.push({ line, text: text.slice(start, Math.min(end, start + MAX_LINE_LENGTH)) });
    at = text.indexOf(pattern, end);
  }
  return hits;
}

function endOf(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Plain text and not a separate file, so that it runs alike from the sources and from the build. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const expression = new RegExp(workerData);
const find = (text, max) => {
  const hits = [];
  const lines = text.split(/\\r?\\n/);
  if (lines.at(-1) === '') lines.pop();
  for (let i = 0; i < lines.length && hits.length < max; i++) {
    if (expression.test(lines[i])) hits.push({ line: i + 1, text: lines[i].slice(0, ${MAX_LINE_LENGTH}) });
  }
  return hits;
};
parentPort.on('message', ({ texts, max }) => parentPort.postMessage(texts.map((text) => find(text, max))));`;

function threaded(pattern: string, deadline: number): Matcher {
  // Neither the keys in the environment nor the flags of this process belong in there.
  const worker = new Worker(THREAD, { eval: true, workerData: pattern, env: {}, execArgv: [] });
  worker.on('error', () => undefined);
  return {
    find: (texts, max) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => finish(() => reject(new TooSlow())), Math.max(0, deadline - performance.now()));
        const onMessage = (hits: LineMatch[][]): void => finish(() => resolve(hits));
        const onError = (error: unknown): void => finish(() => reject(error));
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          worker.off('message', onMessage).off('error', onError);
          settle();
        };
        worker.on('message', onMessage).on('error', onError);
        worker.postMessage({ texts, max });
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}
