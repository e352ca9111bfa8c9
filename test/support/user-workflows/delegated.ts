/** Workflows of a user that tasks run as the work of their tools. */
import { ApplicationFailure, condition } from '@temporalio/workflow';

export * from '../../../workflows/index.js';

export async function orderFor({ customer }: { customer: string }): Promise<object> {
  return { customer, order: 17 };
}

export async function refuseOrder({ customer }: { customer: string }): Promise<void> {
  throw ApplicationFailure.nonRetryable(`no credit for ${customer}`);
}

/** Ends only when it is cancelled. */
export async function waitForEver(): Promise<void> {
  await condition(() => false);
}
