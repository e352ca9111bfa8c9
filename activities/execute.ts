/**
 * Runs one call, judged again by this worker's own policy: a verdict in an input is no authority. Every ending is an
 * observation. Knows nothing of claims.
 */
import type { Call } from '../src/domain/conversation.js';
import { sentenceOf } from '../src/domain/errors.js';
import type { Observation } from '../src/domain/tool.js';
import type { Tool, ToolContext } from '../src/tools/tool.js';
import type { ActivityDeps } from './deps.js';
import type { Admitted } from './door.js';

export interface Execution {
  readonly call: Call;
  readonly signal: AbortSignal;
}

/** A call that may run, with its parsed arguments; or the observation that refuses it. */
export type Prepared =
  | { readonly kind: 'ready'; readonly tool: Tool; readonly args: unknown }
  | { readonly kind: 'refused'; readonly observation: Observation };

export function prepare(deps: ActivityDeps, task: Admitted, call: Call): Prepared {
  const refuse = (content: string): Prepared => ({
    kind: 'refused',
    observation: { call: call.id, outcome: 'refused', content },
  });
  const tool = deps.tools.all.get(call.name);
  if (!tool) return refuse(`There is no tool '${call.name}' on this worker.`);
  const { verdict, reason } = deps.policy.judge({ tool, allow: task.allow, signed: task.signed });
  if (verdict === 'refuse') return refuse(reason);
  const parsed = deps.tools.parse(tool, call.args);
  return parsed.ok ? { kind: 'ready', tool, args: parsed.args } : refuse(parsed.problem);
}

export async function execute(deps: ActivityDeps, task: Admitted, execution: Execution): Promise<Observation> {
  const { call } = execution;
  const prepared = prepare(deps, task, call);
  if (prepared.kind === 'refused') return prepared.observation;
  try {
    const { outcome, content } = await prepared.tool.run(prepared.args, contextOf(deps, task, execution));
    return { call: call.id, outcome, content };
  } catch (error) {
    return { call: call.id, outcome: 'failed', content: `The tool '${call.name}' failed: ${sentenceOf(error)}.` };
  }
}

export function contextOf(deps: ActivityDeps, task: Admitted, { call, signal }: Execution): ToolContext {
  return {
    workspace: task.workspace,
    task: task.id,
    call: call.id,
    secrets: deps.policy.allowsSecrets(task),
    signal,
  };
}
