/** Addresses in the Temporal Web UI. Pure. */
export function workflowUrl(uiUrl: string, namespace: string, id: string): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`;
}

export function namespaceUrl(uiUrl: string, namespace: string): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}
