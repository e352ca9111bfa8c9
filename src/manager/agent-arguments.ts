/**
 * Finds in what a workflow of the user was given, or got from an activity, the arguments with which its agent begins: the
 * signature names the agent of that workflow, and no other value has one. Pure; verifies nothing.
 */
import { agentScope } from '../domain/task-id.js';

/** The state of an agent may lie in an object or list of the user. */
const MAX_DEPTH = 4;

/** @returns the arguments of the packaged workflow, from a state that `runAgent` handed on; undefined for none */
export function carriedAgentIn(value: unknown, workflowId: string, depth = 0): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return undefined;
  const { agent } = value as { agent?: unknown };
  if (Array.isArray(agent) && isSignedAgent(agent[0], workflowId)) return agent;
  for (const part of Object.values(value)) {
    const found = carriedAgentIn(part, workflowId, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** Whether this is a task that a worker has signed for the agent of that workflow. */
export function isSignedAgent(value: unknown, workflowId: string): boolean {
  const { signature } = Object(value) as { signature?: unknown };
  return (Object(signature) as { scope?: unknown }).scope === agentScope(workflowId);
}
