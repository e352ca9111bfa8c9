/**
 * What the input of a task of 50 iterations costs with the provider's prompt cache, as a share of the same input without it.
 * Counted from the bodies of the real requests by the public weights; the worker is killed and replaced in the middle.
 */
import { randomUUID } from 'node:crypto';
import { TASK_QUEUE, WORKFLOW_TYPE } from '../../src/domain/protocol.js';
import type { Provider } from '../../src/domain/provider.js';
import { openBook } from '../support/book.js';
import { type LoggedRequest, scriptedAgent } from '../support/llm-server.js';
import { until } from '../support/until.js';
import type { Section } from './figures.js';
import { type Common, openStage } from './stage.js';
import { FILE } from './work.js';

const ITERATIONS = 50;

/** Share of the plain price of an input token. Anthropic's cache of five minutes; OpenAI's and DeepSeek's models of 2026. */
const WEIGHTS = { anthropic: { read: 0.1, write: 1.25 }, automatic: { read: 0.1 } } as const;

export async function promptCache(common: Common): Promise<Section[]> {
  const marked: number[] = [];
  const automatic: number[] = [];
  for (let round = 0; round < common.rounds; round++) {
    marked.push(priceWithMarks(await requestsOf(common, 'anthropic')));
    automatic.push(priceOfPrefixes(await requestsOf(common, 'litellm')));
    common.announce(`prompt cache, round ${round + 1}`);
  }
  const most = { target: { most: 0.25 }, unit: 'ratio' };
  return [
    {
      title: `Price of the input of ${ITERATIONS} iterations with the prompt cache / without`,
      figures: [
        { name: 'Anthropic: marks, read 0.1, write 1.25', values: marked, ...most },
        { name: 'providers that cache prefixes by themselves: read 0.1', values: automatic, ...most },
      ],
    },
  ];
}

// ---

async function requestsOf(common: Common, provider: Provider): Promise<readonly LoggedRequest[]> {
  const book = await openBook();
  const models = { keys: { [provider]: 'no-secret-of-anyone' }, endpoints: {} };
  const stage = await openStage({ ...common, peer: 'rookery', flags: 'ours', settings: { models } });
  try {
    const callFor = (): { name: string; args: unknown } => ({ name: 'read_file', args: { path: FILE } });
    const model = book.add(scriptedAgent({ iterations: ITERATIONS - 1, callFor, final: 'done' }));
    const chosen = { provider, model, endpoint: book.url, endpoint_origin: 'user', limits: { max_iterations: 60 } };
    const start = { workflowId: randomUUID(), taskQueue: TASK_QUEUE, args: [{ prompt: 'Work.', ...chosen }] };
    const handle = await stage.client.workflow.start(WORKFLOW_TYPE, start);
    await until(() => book.requestsOf(model).length >= ITERATIONS / 2, { what: 'half of the iterations' });
    await stage.worker.kill();
    await stage.spawnWorker();
    await handle.result();
    return book.requestsOf(model);
  } finally {
    await stage.close();
    await book.close();
  }
}

/** The request as blocks, in the order in which Anthropic caches: tools, system, messages. */
function blocksOf({ body }: LoggedRequest): Block[] {
  const messages = (body.messages ?? []) as readonly { readonly role: string; readonly content: unknown }[];
  const parts = messages.flatMap(({ role, content }) => [content].flat().map((part) => ({ role, part })));
  return [...[body.tools ?? []].flat(), ...[body.system ?? []].flat(), ...parts].map(toBlock);
}

interface Block {
  readonly text: string;
  readonly marked: boolean;
}

function toBlock(value: unknown): Block {
  const text = JSON.stringify(value, (key, inner) => (key === 'cache_control' ? undefined : inner));
  return { text, marked: JSON.stringify(value).includes('"cache_control"') };
}

/** Each mark writes the prefix up to it, and reads the longest one that an earlier request has written. */
function priceWithMarks(requests: readonly LoggedRequest[]): number {
  const { read, write } = WEIGHTS.anthropic;
  const written = new Set<string>();
  let price = 0;
  let plain = 0;
  for (const request of requests) {
    let prefix = '';
    let found = 0;
    const marks: string[] = [];
    for (const { text, marked } of blocksOf(request)) {
      prefix += text;
      if (!marked) continue;
      if (written.has(prefix)) found = prefix.length;
      marks.push(prefix);
    }
    const end = marks.at(-1)?.length ?? 0;
    for (const mark of marks) written.add(mark);
    price += found * read + (end - found) * write + (prefix.length - end);
    plain += prefix.length;
  }
  return price / plain;
}

/** The longest prefix that an earlier request had is read, without any mark. */
function priceOfPrefixes(requests: readonly LoggedRequest[]): number {
  const { read } = WEIGHTS.automatic;
  let before = '';
  let price = 0;
  let plain = 0;
  for (const request of requests) {
    const text = blocksOf(request)
      .map((block) => block.text)
      .join('');
    let same = 0;
    while (same < before.length && before[same] === text[same]) same++;
    price += same * read + (text.length - same);
    plain += text.length;
    before = text;
  }
  return price / plain;
}
