/** A namespace for each rig: the queue of all workers has one name, so only namespaces keep them apart. */
import { randomBytes } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { ALL_SEARCH_ATTRIBUTES, type SearchAttribute } from '../../src/domain/search.js';
import { registerSearchAttributes } from '../../src/server/search-attributes.js';

const DAY_S = 86_400;

/** Usable at once. `attributes`: the search attributes that it has; default: all of ours. */
export async function makeNamespace(
  connection: Connection,
  attributes: readonly SearchAttribute[] = ALL_SEARCH_ATTRIBUTES,
): Promise<string> {
  const namespace = `test-${randomBytes(5).toString('hex')}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: DAY_S as never },
  });
  await registerSearchAttributes({ connection, options: { namespace } }, attributes);
  return namespace;
}
