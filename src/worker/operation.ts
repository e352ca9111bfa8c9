/** How a worker of the command operates: how much it does at a time, where it reports, and which build it is. */
import type { WorkerOptions } from '@temporalio/worker';
import type { OtlpTarget } from '../config/otlp.js';
import type { WorkerSettings } from '../config/worker-settings.js';

export interface Operation {
  readonly settings: WorkerSettings;
  /** For its metrics; not used where Prometheus reads them. */
  readonly otlp: OtlpTarget | undefined;
  /** Its readiness is checked by writing there. */
  readonly workdir: string;
}

type Limits = Pick<
  WorkerOptions,
  'maxConcurrentActivityTaskExecutions' | 'maxConcurrentWorkflowTaskExecutions' | 'maxCachedWorkflows' | 'tuner'
>;

/** The options that are not set stay absent: the plugin and the SDK have their own defaults. */
export function workerLimits(settings: WorkerSettings): Limits {
  const [activities, workflowTasks] = [settings.max_activities.value, settings.max_workflow_tasks.value];
  const cached = settings.max_cached_workflows.value;
  const kept = cached === undefined ? {} : { maxCachedWorkflows: cached };
  if (settings.tuner.value === 'fixed') {
    return {
      ...kept,
      ...(activities === undefined ? {} : { maxConcurrentActivityTaskExecutions: activities }),
      ...(workflowTasks === undefined ? {} : { maxConcurrentWorkflowTaskExecutions: workflowTasks }),
    };
  }
  const slots = (most: number | undefined) => (most === undefined ? {} : { maximumSlots: most });
  return {
    ...kept,
    tuner: {
      tunerOptions: {
        targetCpuUsage: settings.target_cpu.value / 100,
        targetMemoryUsage: settings.target_memory.value / 100,
      },
      activityTaskSlotOptions: slots(activities),
      workflowTaskSlotOptions: slots(workflowTasks),
    },
  };
}

/** A task stays with the build that began it. */
export function deploymentOptions({
  deployment_name,
  build_id,
}: WorkerSettings): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment_name.value === undefined || build_id.value === undefined) return {};
  return {
    workerDeploymentOptions: {
      version: { deploymentName: deployment_name.value, buildId: build_id.value },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
