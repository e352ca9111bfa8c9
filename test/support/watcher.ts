/**
 * Reads a directory's files over and over, a millisecond apart, from a thread of its own, and keeps every text that it
 * saw. A text that is no JSON was torn.
 */
import { Worker } from 'node:worker_threads';

export interface Sighting {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

export interface Watcher {
  /** Ends it. All different texts, in the order in which they were seen. */
  stop(): Promise<{ readonly sightings: readonly Sighting[]; readonly torn: readonly Sighting[] }>;
}

export async function watch(directories: readonly string[]): Promise<Watcher> {
  const thread = new Worker(LOOP, { eval: true, workerData: { directories } });
  await new Promise((resolve) => thread.once('message', resolve));
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        thread.once('error', reject);
        thread.once('message', (found) => {
          resolve(found);
          void thread.terminate();
        });
        thread.postMessage('stop');
      }),
  };
}

// ---

const LOOP = `
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parentPort, workerData, receiveMessageOnPort } = require('node:worker_threads');
const last = new Map();
const sightings = [];
const torn = [];
const names = new Map();
let round = 0;
const listed = (directory) => {
  if (round % 20 === 0 || !names.has(directory)) {
    try { names.set(directory, readdirSync(directory).filter((name) => name.endsWith('.json'))); }
    catch { names.set(directory, []); }
  }
  return names.get(directory);
};
const look = () => {
  for (const directory of workerData.directories) for (const name of listed(directory)) {
    const path = join(directory, name);
    let text;
    try { text = readFileSync(path, 'utf8'); } catch { continue; }
    if (last.get(path) === text) continue;
    last.set(path, text);
    const sighting = { path, at: Date.now(), text };
    sightings.push(sighting);
    try { JSON.parse(text); } catch { torn.push(sighting); }
  }
  round++;
};
const tick = () => {
  look();
  if (receiveMessageOnPort(parentPort)) parentPort.postMessage({ sightings, torn });
  else setTimeout(tick, 1);
};
look();
parentPort.postMessage('ready');
parentPort.ref();
tick();
`;
