/** Where commands are measured: a model in this process, and the server and worker of the product in the background. */
import { runningServer } from '../../src/server/embedded.js';
import { type LlmRequest, type LlmServer, repliesIn, type Script, startLlmServer } from '../support/llm-server.js';
import { rookery } from './command.js';

export type Model = LlmServer & {
  /** When the next request comes, by the clock that all processes share. */
  asked(): Promise<number>;
};

/** `approval`: asks for a command that writes first, and a second after it has run says that it is done. */
const SCRIPTS = {
  answer: () => ({ content: 'Hello.' }),
  hang: () => ({ hang: true }),
  approval: ({ messages }) =>
    repliesIn(messages) === 0
      ? { calls: [{ id: 'a', name: 'shell', args: { command: 'touch made.txt' } }] }
      : { content: 'Done.', delayMs: 1_000 },
} as const satisfies Readonly<Record<string, (request: LlmRequest) => Script>>;

export async function withModel<T>(does: keyof typeof SCRIPTS, work: (model: Model) => Promise<T>): Promise<T> {
  let heard: (at: number) => void = () => undefined;
  const server = await startLlmServer((request) => {
    heard(now());
    return SCRIPTS[does](request);
  });
  const asked = (): Promise<number> =>
    new Promise((resolve) => {
      heard = resolve;
    });
  try {
    return await work({ ...server, asked });
  } finally {
    await server.close();
  }
}

export async function withServer<T>(env: NodeJS.ProcessEnv, work: (address: string) => Promise<T>): Promise<T> {
  try {
    await rookery(['up', '-d'], env);
    const server = await runningServer(env.ROOKERY_WORKDIR ?? '');
    if (!server) throw new Error('the server that was started does not answer');
    return await work(server.address);
  } finally {
    await rookery(['down'], env);
  }
}

export function flagsFor({ url }: LlmServer): string[] {
  return ['--provider', 'litellm', '--endpoint', url, '--model', 'x'];
}

/** By the clock that all processes share. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
