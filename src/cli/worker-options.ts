/** Options of `worker` for its operation. Their values are checked with those of the other sources. */
import { Option } from 'commander';

export const WORKER_OPTIONS: readonly Option[] = [
  new Option('--max-activities <n>', 'activities at a time, on each of its two task queues (100)'),
  new Option('--max-workflow-tasks <n>', 'workflow tasks at a time (40)'),
  new Option('--max-cached-workflows <n>', 'tasks kept in memory (200)'),
  new Option('--tuner <kind>', 'fixed, or resource: take work while processor and memory are below their targets'),
  new Option('--target-cpu <percent>', 'target of the resource tuner (80)'),
  new Option('--target-memory <percent>', 'target of the resource tuner (80)'),
  new Option('--metrics <[address:]port>', 'metrics for Prometheus, by default on 127.0.0.1'),
  new Option('--otlp <url>', 'OpenTelemetry collector'),
  new Option('--health <[address:]port>', '/live and /ready, by default on 127.0.0.1'),
  new Option(
    '--deployment-name <name>',
    'Worker Versioning, with --build-id: tasks stay with the build that began them',
  ),
  new Option('--build-id <id>', 'build of the deployment'),
];
