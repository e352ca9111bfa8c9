/** The tasks that a person has given a name, from what a list knows: no request for each. */

import type { ManagerContext } from './context.js';
import { overview } from './list.js';

/** Newest first. Throws what `overview` throws. */
export async function idsNamed(context: ManagerContext, name: string): Promise<string[]> {
  const { tasks } = await overview(context);
  return tasks.filter(({ detail }) => detail.name === name).map(({ id }) => id);
}
