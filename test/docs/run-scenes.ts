/** A test for each block that a scene sets up, in the order of the scenes. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, test } from 'vitest';
import { BLOCKS } from './pages.js';
import { type OpenPlace, openPlace } from './play.js';
import type { Scene } from './scene.js';

export function runScenes(scenes: readonly Scene[]): void {
  let place: OpenPlace;
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place.close());

  for (const scene of scenes.filter(({ stage }) => stage)) {
    const block = BLOCKS.find(({ page, text }) => page === scene.page && text.startsWith(scene.block));
    if (!block) continue;
    const missing = (scene.needs ?? []).filter(isMissing);
    const without = missing.length > 0 ? ` (without ${missing.join(', ')})` : '';
    test.skipIf(missing.length > 0)(`${scene.page}: ${scene.block}${without}`, () => place.play(block, scene));
  }
}

// ---

function isMissing(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0;
}
