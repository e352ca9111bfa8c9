/**
 * Says when this worker's version is not the current one of its deployment: then it begins no task, and without a current
 * version no versioned worker does, which looks like a queue that nothing polls.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';

type Version = NonNullable<WorkerOptions['workerDeploymentOptions']>['version'];

export interface VersionQuestion {
  readonly connection: Pick<Connection, 'workflowService'>;
  readonly namespace: string;
  readonly version: Version;
}

/** Resolves when the server knows the version, which takes a moment after its first poll, or after some tries. */
export async function versionNote({ connection, namespace, version }: VersionQuestion): Promise<string | undefined> {
  const { deploymentName, buildId } = version;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const found = await connection.workflowService
      .describeWorkerDeployment({ namespace, deploymentName })
      .catch(() => undefined);
    const { routingConfig } = found?.workerDeploymentInfo ?? {};
    const known = found?.workerDeploymentInfo?.versionSummaries?.some(
      (one) => one.deploymentVersion?.buildId === buildId,
    );
    if (known) return noteOf(version, routingConfig?.currentDeploymentVersion?.buildId ?? undefined);
    await pause(PAUSE_MS, undefined, { ref: false });
  }
  return undefined;
}

// ---

const TRIES = 20;
const PAUSE_MS = 1_000;

function noteOf({ deploymentName, buildId }: Version, current: string | undefined): string | undefined {
  if (current === buildId) return undefined;
  const instead =
    current === undefined
      ? `deployment ${deploymentName} has no current version, so none of its workers begins a task`
      : `the current version of deployment ${deploymentName} is build ${current}, which begins all new tasks`;
  const command = `temporal worker deployment set-current-version --deployment-name ${deploymentName} --build-id ${buildId}`;
  return `${instead}. To begin them with this build: ${command}`;
}
