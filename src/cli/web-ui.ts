/** Addresses in the Temporal Web UI: of the page of a task, and of lists of our tasks. Pure. */
import { WORKFLOW_TYPE } from '../domain/protocol.js';
import { SEARCH_ATTRIBUTES } from '../domain/search.js';

export interface WebUi {
  readonly uiUrl: string;
  readonly namespace: string;
}

/** With a run the page that tells its transcript; without one the page of the newest run, with its timeline. */
export function taskUrl(at: WebUi, id: string, run?: string): string {
  const page = run === undefined ? '' : `/${encodeURIComponent(run)}/user-metadata`;
  return `${namespaceUrl(at)}/${encodeURIComponent(id)}${page}`;
}

/** All tasks; `needsYou`: those that wait for a person. */
export function tasksUrl(at: WebUi, { needsYou = false } = {}): string {
  const waiting = `ExecutionStatus="Running" AND ${SEARCH_ATTRIBUTES.status.name}="Waiting"`;
  const query = `WorkflowType="${WORKFLOW_TYPE}" AND ${needsYou ? waiting : 'ExecutionStatus!="ContinuedAsNew"'}`;
  return `${namespaceUrl(at)}?query=${encodeURIComponent(query)}`;
}

/** Everything in the namespace. */
export function namespaceUrl({ uiUrl, namespace }: WebUi): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}
