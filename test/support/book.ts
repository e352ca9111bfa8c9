/**
 * One model server for many tasks: each task talks to a model of its own name, which follows that task's script. So tests
 * share a worker and do not see each other's requests.
 */
import {
  type LlmRequest,
  type LlmServerOptions,
  type LoggedRequest,
  type Script,
  startLlmServer,
} from './llm-server.js';

/** A promise: the test decides later what is answered. */
export type ModelScript = (request: LlmRequest) => Script | Promise<Script>;

export interface Book {
  readonly url: string;
  /** The name of a model that follows the script. */
  add(script: ModelScript): string;
  requestsOf(model: string): readonly LoggedRequest[];
  close(): Promise<void>;
}

export async function openBook(options: LlmServerOptions = {}): Promise<Book> {
  const scripts = new Map<string, ModelScript>();
  const server = await startLlmServer(
    (request) => {
      const script = scripts.get(request.model);
      return script?.(request) ?? { status: 404, body: { error: { message: `no model ${request.model}` } } };
    },
    { models: () => ['scripted', ...scripts.keys()], ...options },
  );
  return {
    url: server.url,
    add(script) {
      const model = `scripted-${scripts.size + 1}`;
      scripts.set(model, script);
      return model;
    },
    requestsOf: (model) => server.requests.filter((request) => request.model === model),
    close: () => server.close(),
  };
}

/** The n-th request gets the n-th answer; the last one serves all that follow. */
export function inOrder(...answers: readonly [Script, ...Script[]]): ModelScript {
  let n = 0;
  return () => answers[Math.min(n++, answers.length - 1)] as Script;
}
