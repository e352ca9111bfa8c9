/**
 * Lists workflows of the embedded server over its HTTP API, without a library: loading the SDK's client takes ten
 * times as long as the answer, and `list` needs nothing else.
 */
import { get, type RequestOptions } from 'node:http';
import { serverFiles } from './files.js';
import { liveState } from './state.js';

export interface VisibleWorkflow {
  readonly workflowId: string;
  readonly memo: Readonly<Record<string, unknown>>;
}

const RESPONSE_TIMEOUT_MS = 3_000;
/** Above the server's own limit, which then applies. */
const PAGE_SIZE = 1_000;

/** @returns the workflows; undefined when no server of the work directory answers. */
export async function queryVisibility(workdir: string, query: string): Promise<VisibleWorkflow[] | undefined> {
  const state = await liveState(serverFiles(workdir));
  if (!state) return undefined;
  const found: VisibleWorkflow[] = [];
  const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
  // The one Host that it answers; a server of an older Rookery answers any.
  const host = state.protection?.apiHost ?? state.address;
  try {
    for (let next = ''; ; ) {
      const parameters = new URLSearchParams({ query, pageSize: String(PAGE_SIZE), nextPageToken: next });
      const url = `http://127.0.0.1:${state.ports.http}/api/v1/namespaces/default/workflows?${parameters}`;
      const page = (await getJson(url, { signal, headers: { host } })) as Page;
      for (const { execution, memo } of page.executions ?? []) {
        found.push({ workflowId: execution.workflowId, memo: memo?.fields ?? {} });
      }
      if (!page.nextPageToken) return found;
      next = page.nextPageToken;
    }
  } catch {
    return undefined;
  }
}

// ---

interface Page {
  readonly executions?: readonly {
    readonly execution: { readonly workflowId: string };
    readonly memo?: { readonly fields?: Readonly<Record<string, unknown>> };
  }[];
  readonly nextPageToken?: string;
}

function getJson(url: string, options: RequestOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`));
        else resolve(JSON.parse(text));
      });
    });
    request.on('error', reject);
  });
}
