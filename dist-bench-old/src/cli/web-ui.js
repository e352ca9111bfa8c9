/** Addresses in the Temporal Web UI. Pure. */
export function workflowUrl(uiUrl, namespace, id) {
    return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`;
}
export function namespaceUrl(uiUrl, namespace) {
    return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}
//# sourceMappingURL=web-ui.js.map