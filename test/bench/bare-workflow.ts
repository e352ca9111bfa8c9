/** The least that a start can lead to: a workflow of one activity. */
import { proxyActivities } from '@temporalio/workflow';

const { arrive } = proxyActivities<{ arrive(): Promise<void> }>({ startToCloseTimeout: '10 seconds' });

export async function bare(): Promise<void> {
  await arrive();
}
