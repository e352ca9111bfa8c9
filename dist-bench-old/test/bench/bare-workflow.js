/** The least that a start can lead to: a workflow of one activity. */
import { proxyActivities } from '@temporalio/workflow';
const { arrive } = proxyActivities({ startToCloseTimeout: '10 seconds' });
export async function bare() {
    await arrive();
}
//# sourceMappingURL=bare-workflow.js.map