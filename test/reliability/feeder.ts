/** Keeps a few tasks at work for as long as faults strike: a moment that is waited for must be able to come. */
import { setTimeout as pause } from 'node:timers/promises';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { Site } from './site.js';

const LOOK_MS = 100;

/** @returns what ends the feeding, when the last start has been answered */
export function feed(site: Site, atOnce: number, input: Partial<TaskInput>): () => Promise<void> {
  let isOver = false;
  const feeding = (async () => {
    while (!isOver) {
      const { length } = await site.unfinished();
      for (let n = length; n < atOnce && !isOver; n++) await site.start(input);
      await pause(LOOK_MS);
    }
  })();
  return async () => {
    isOver = true;
    await feeding;
  };
}
