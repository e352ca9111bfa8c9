/** Why a task that has not ended has no open workflow, for a person. */
import { existsSync } from 'node:fs';
import type { Paths } from '../mirror/paths.js';

/** A task that ran here has an order of its writes. */
export function absentWorkflowSentence({ order }: Pick<Paths, 'order'>, id: string): string {
  const gone = 'its workflow is not in Temporal any more: it was deleted, or this is another server';
  return `${existsSync(order(id)) ? gone : 'it has no workflow'}; \`rookery resume\` starts it`;
}
