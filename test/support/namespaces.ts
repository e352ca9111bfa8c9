/** A namespace for each rig: the queue of all workers has one name, so only namespaces keep them apart. */
import { randomBytes } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { SEARCH_MODEL, SEARCH_STATUS } from '../../src/domain/protocol.js';

const DAY_S = 86_400;
const KEYWORD = 2;

/** Usable at once. */
export async function makeNamespace(connection: Connection): Promise<string> {
  const namespace = `test-${randomBytes(5).toString('hex')}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: DAY_S as never },
  });
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: { [SEARCH_STATUS]: KEYWORD, [SEARCH_MODEL]: KEYWORD },
  });
  return namespace;
}
