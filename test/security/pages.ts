/** What a web page can send to the embedded server: attacks that would have an effect, and Host headers of all kinds. */
import { TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';

export interface Attack {
  readonly name: string;
  readonly path: string;
  readonly body: object;
}

/** Workflows that no worker takes up: what an attack may hit. */
export const TARGETS = [
  'open-signal',
  'open-cancel',
  'open-terminate',
  'open-delete',
  'open-batch',
  'open-pause',
] as const;

const NAMESPACE = '/namespaces/default';
const evil = { workflowType: { name: WORKFLOW_TYPE }, taskQueue: { name: TASK_QUEUE }, input: [{ prompt: 'evil' }] };
const query = (id: string) => ({ visibilityQuery: `WorkflowId = '${id}'`, reason: 'evil' });

/** `task`: a finished task. The server accepts each of these where the Host header is the secret one. */
export function attacksOn(task: string): Attack[] {
  const workflow = (id: string, path = ''): string => `${NAMESPACE}/workflows/${id}${path}`;
  const batch = (id: string): string => `${NAMESPACE}/batch-operations/${id}`;
  const deletion = { ...query('open-delete'), deletionOperation: {} };
  const batchReset = { ...query(task), resetOperation: { options: { firstWorkflowTask: {} } } };
  const scheduled = {
    spec: { interval: [{ interval: '60s' }] },
    action: { startWorkflow: { workflowId: 'evil', ...evil } },
  };
  const endpoint = { name: 'evil', target: { worker: { namespace: 'default', taskQueue: TASK_QUEUE } } };
  return [
    { name: 'start', path: workflow('evil-start'), body: evil },
    { name: 'signal', path: workflow('open-signal', '/signal/resume'), body: { input: [{ id: 'x' }] } },
    { name: 'signal with start', path: workflow('evil-signal', '/signal-with-start/resume'), body: evil },
    {
      name: 'reset',
      path: workflow(task, '/reset'),
      body: { reason: 'evil', requestId: 'evil', workflowTaskFinishEventId: 4 },
    },
    { name: 'cancel', path: workflow('open-cancel', '/cancel'), body: {} },
    { name: 'terminate', path: workflow('open-terminate', '/terminate'), body: {} },
    { name: 'batch reset', path: batch('evil-reset'), body: batchReset },
    { name: 'batch delete', path: batch('evil-delete'), body: deletion },
    { name: 'batch terminate', path: batch('evil-end'), body: { ...query('open-batch'), terminationOperation: {} } },
    {
      name: 'retention',
      path: '/cluster/namespaces/default/update',
      body: { config: { workflowExecutionRetentionTtl: '86400s' } },
    },
    {
      name: 'register a namespace',
      path: '/cluster/namespaces',
      body: { namespace: 'evil', workflowExecutionRetentionPeriod: '86400s' },
    },
    { name: 'schedule', path: `${NAMESPACE}/schedules/evil`, body: { schedule: scheduled, requestId: 'evil' } },
    {
      name: 'standalone activity',
      path: `${NAMESPACE}/activities/evil`,
      body: { activityType: { name: 'runTool' }, taskQueue: { name: TASK_QUEUE }, startToCloseTimeout: '10s' },
    },
    { name: 'worker deployment', path: `${NAMESPACE}/worker-deployments/evil`, body: {} },
    { name: 'Nexus endpoint', path: '/cluster/nexus/endpoints', body: { spec: endpoint } },
  ];
}

/** Headers of a page of another origin, which posts without seeing the answer. */
export function blindly(port: number): string[] {
  return [
    `Host: 127.0.0.1:${port}`,
    'Origin: http://evil.example',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Mode: no-cors',
    'Content-Type: text/plain',
  ];
}

/** Headers of a page whose own name resolves to this machine: to the browser it is of the same origin. */
export function rebinding(port: number): string[] {
  return [
    `Host: evil.example:${port}`,
    `Origin: http://evil.example:${port}`,
    'Sec-Fetch-Site: same-origin',
    'Content-Type: application/json',
    'Cookie: _csrf=0123456789abcdef0123456789abcdef',
    'X-CSRF-Token: 0123456789abcdef0123456789abcdef',
  ];
}

/** Request line and headers of a GET, for each odd way to name a host. */
export function oddReads(path: string, port: number): { line: string; headers: string[] }[] {
  const own = `127.0.0.1:${port}`;
  const line = `GET ${path} HTTP/1.1`;
  const names = ['evil.example', 'localhost.evil.com', '127.0.0.1.nip.io', '127.0.0.1.', 'localhost.', 'LOCALHOST'];
  const numbers = ['[::1]', '[::ffff:127.0.0.1]', '127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '0.0.0.0'];
  const hosts = [...names, ...numbers].flatMap((name) => [name, `${name}:${port}`]);
  const odd = [
    '',
    'localhost',
    '127.0.0.1',
    `${own}@evil.example`,
    `evil.example, ${own}`,
    `${own}:${port}`,
    `x.${own}`,
  ];
  return [
    ...[...hosts, ...odd].map((host) => ({ line, headers: [`Host: ${host}`] })),
    { line, headers: [`Host: evil.example:${port}`, `Host: ${own}`] },
    { line, headers: [`Host: ${own}`, `Host: evil.example:${port}`] },
    { line, headers: [`Host: evil.example:${port}`, `X-Forwarded-Host: ${own}`, `Forwarded: host="${own}"`] },
    { line, headers: [`Host: evil.example:${port}`, `:authority: ${own}`] },
    { line, headers: [] },
    { line: `GET ${path} HTTP/1.0`, headers: [] },
    { line: `GET ${path} HTTP/1.0`, headers: [`Host: evil.example:${port}`] },
    { line: `GET http://${own}${path} HTTP/1.1`, headers: [`Host: evil.example:${port}`] },
    { line: `GET http://evil.example:${port}${path} HTTP/1.1`, headers: [`Host: ${own}`] },
    { line: `GET ${path}`, headers: [] },
  ];
}
