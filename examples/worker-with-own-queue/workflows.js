/** The workflows of this worker, and those of Rookery. */
import { proxyActivities } from '@temporalio/workflow';

export * from 'rookery/workflows';

const { greeting } = proxyActivities({ startToCloseTimeout: '10 seconds' });

export async function greet(name) {
  return greeting(name);
}
