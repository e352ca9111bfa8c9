/**
 * The index of the verbs, as `rookery --help` lists them: one line of help each, and how to load the verb. Arguments,
 * options, examples and code are in the verb's own file, which is loaded only when the verb is given.
 */
import type { VerbSpec } from './session.js';

interface IndexedVerb {
  readonly summary: string;
  readonly load: () => Promise<{ readonly spec: VerbSpec }>;
}

export const VERBS: Readonly<Record<string, IndexedVerb>> = {
  run: { summary: 'submit a task, follow it and print the answer', load: () => import('./verbs/run.js') },
  submit: { summary: 'submit a task and print its id', load: () => import('./verbs/submit.js') },
  list: { summary: 'list all tasks, newest first', load: () => import('./verbs/list.js') },
  status: { summary: 'show what a task is doing, and why', load: () => import('./verbs/status.js') },
  follow: { summary: 'print the events of a task as they happen', load: () => import('./verbs/follow.js') },
  wait: { summary: 'wait until tasks end', load: () => import('./verbs/wait.js') },
  result: { summary: 'print the answer of a task', load: () => import('./verbs/result.js') },
  cancel: { summary: 'cancel tasks', load: () => import('./verbs/cancel.js') },
  resume: { summary: 'start, adopt or wake tasks', load: () => import('./verbs/resume.js') },
  send: { summary: 'say something to a task', load: () => import('./verbs/send.js') },
  pause: { summary: 'stop tasks before their next step', load: () => import('./verbs/pause.js') },
  unpause: { summary: 'let paused tasks continue', load: () => import('./verbs/unpause.js') },
  raise: { summary: 'raise the limits of a task', load: () => import('./verbs/raise.js') },
  retry: { summary: 'continue failed tasks from their last good iteration', load: () => import('./verbs/retry.js') },
  rerun: { summary: 'submit the input of a task again', load: () => import('./verbs/rerun.js') },
  fork: { summary: 'start a task from an iteration of another one', load: () => import('./verbs/fork.js') },
  move: { summary: 'continue tasks on another host', load: () => import('./verbs/move.js') },
  approvals: { summary: 'list what needs you', load: () => import('./verbs/approvals.js') },
  approve: { summary: 'approve calls', load: () => import('./verbs/approve.js') },
  deny: { summary: 'deny calls', load: () => import('./verbs/deny.js') },
  answer: { summary: 'answer a question of a task', load: () => import('./verbs/answer.js') },
  up: { summary: 'run the server and a worker', load: () => import('./verbs/up.js') },
  down: { summary: 'stop the worker and the server', load: () => import('./verbs/down.js') },
  worker: { summary: 'run a worker in this process', load: () => import('./verbs/worker.js') },
  doctor: { summary: 'check the installation and the work directory', load: () => import('./verbs/doctor.js') },
  notify: { summary: 'test how you are told of tasks', load: () => import('./verbs/notify.js') },
  ui: { summary: 'print the address of the Web UI', load: () => import('./verbs/ui.js') },
  'codec-key': { summary: 'add a key to the key file of the codec', load: () => import('./verbs/codec-key.js') },
  'codec-server': { summary: 'decode payloads for the Web UI', load: () => import('./verbs/codec-server.js') },
  sign: { summary: 'print a signed workflow input for other Temporal clients', load: () => import('./verbs/sign.js') },
  config: { summary: 'show each setting, its value and origin', load: () => import('./verbs/config.js') },
  policy: { summary: 'list the policy rules, test a call, or forget a rule', load: () => import('./verbs/policy.js') },
  audit: { summary: 'verify or list the audit log', load: () => import('./verbs/audit.js') },
  mcp: { summary: 'list MCP servers, trust their tools, or install a package', load: () => import('./verbs/mcp.js') },
  mirror: { summary: 'compare the task files with Temporal, or rebuild them', load: () => import('./verbs/mirror.js') },
  export: { summary: 'write a copy of a task', load: () => import('./verbs/export.js') },
  handover: { summary: 'hand a task over to RavenClaws', load: () => import('./verbs/handover.js') },
  logs: { summary: 'print the logs of server and worker', load: () => import('./verbs/logs.js') },
};
