/**
 * Signs a task for a workflow that runs it as a child, or itself as an agent: workflows have no key. Only workflow types
 * that the worker was told to trust get a signature; nothing else about the caller can be verified.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { sentenceOf } from '../src/domain/errors.js';
import { FAILURES, type SignTaskInput, type TaskInput } from '../src/domain/protocol.js';
import { agentScope, ID_RULE, isTaskId } from '../src/domain/task-id.js';
import type { ActivityDeps } from './ports.js';

export function createSignTask({ signStart, trustedParents, parseInput, audit }: ActivityDeps) {
  return async function signTask({ workflowId, task }: SignTaskInput): Promise<TaskInput> {
    const { inWorkflow, workflowType, workflowExecution } = Context.current().info;
    const parent = inWorkflow && workflowType !== undefined && trustedParents.includes(workflowType);
    if (!parent) {
      const description = `a signature was refused to ${callerOf(workflowType)}`;
      void audit.note({ task: String(workflowId).slice(0, 200), type: 'security_violation', description });
      throw refused(
        `This worker signs no tasks for ${callerOf(workflowType)}. ` +
          'Name its type in the option `trustedParents` of the plugin, or start the task with a client that has the plugin.',
      );
    }
    if (typeof workflowId !== 'string' || !isTaskId(workflowId)) {
      throw refused(
        `The workflow id ${JSON.stringify(workflowId)?.slice(0, 200)} is not a safe file name. ${ID_RULE}.`,
      );
    }
    const isAgent = workflowId === workflowExecution?.workflowId;
    const signed = signStart(isAgent ? agentScope(workflowId) : workflowId, parsed(parseInput, task));
    const description = `the start was signed for ${workflowType} ${workflowExecution?.workflowId}`;
    void audit.note({ task: workflowId, type: 'policy_decision', description });
    return signed;
  };
}

// ---

function callerOf(workflowType: string | undefined): string {
  return workflowType === undefined ? 'an activity without a workflow' : `workflows of the type '${workflowType}'`;
}

function parsed(parseInput: ActivityDeps['parseInput'], task: unknown): TaskInput {
  try {
    return parseInput(task);
  } catch (error) {
    throw refused(sentenceOf(error));
  }
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: FAILURES.refused, message, nonRetryable: true });
}
