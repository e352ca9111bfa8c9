/** The keys of `[worker]`, a part of the table of every key: none is open to an untrusted project's file. */
export const WORKER_KEYS: Readonly<Record<string, { means: string; byDefault: string; example: string }>> = {
  'worker.max_activities': {
    means: 'Activities that a worker runs at a time, on each of its two task queues',
    byDefault: '100',
    example: 'worker.max_activities = 40',
  },
  'worker.max_workflow_tasks': {
    means: 'Workflow tasks that a worker runs at a time, at least 2',
    byDefault: '40',
    example: 'worker.max_workflow_tasks = 20',
  },
  'worker.max_cached_workflows': {
    means: 'Tasks that a worker keeps in memory',
    byDefault: '200',
    example: 'worker.max_cached_workflows = 500',
  },
  'worker.tuner': {
    means:
      'With `resource`, a worker takes work while processor and memory are below their targets; `max_activities` and `max_workflow_tasks` stay upper bounds',
    byDefault: '"fixed"',
    example: 'worker.tuner = "resource"',
  },
  'worker.target_cpu': {
    means: 'Percent of the processors, for the resource tuner',
    byDefault: '80',
    example: 'worker.target_cpu = 70',
  },
  'worker.target_memory': {
    means: 'Percent of the memory, for the resource tuner',
    byDefault: '80',
    example: 'worker.target_memory = 70',
  },
  'worker.metrics': {
    means: 'Port, or address and port, where Prometheus reads the metrics of a worker; a port alone is on 127.0.0.1',
    byDefault: 'none',
    example: 'worker.metrics = 9464',
  },
  'worker.otlp': {
    means: 'Base URL of an OpenTelemetry collector',
    byDefault: '`OTEL_EXPORTER_OTLP_ENDPOINT`, else none',
    example: 'worker.otlp = "http://127.0.0.1:4318"',
  },
  'worker.health': {
    means: 'Port, or address and port, of `/live` and `/ready` of a worker; a port alone is on 127.0.0.1',
    byDefault: 'none',
    example: 'worker.health = 8081',
  },
  'worker.deployment_name': {
    means: 'Deployment of a worker with Worker Versioning; needs `build_id`',
    byDefault: 'none',
    example: 'worker.deployment_name = "rookery"',
  },
  'worker.build_id': {
    means: 'Build of a worker with Worker Versioning; needs `deployment_name`',
    byDefault: 'none',
    example: 'worker.build_id = "2026-11-27"',
  },
};
