/**
 * What the model adapter costs over a plain `fetch` that sends the same body and reads the same events: CPU time of this
 * process for each request, the two in turn, in the context of an activity. The model is a process of its own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Message, OriginPart } from '../../src/domain/conversation.js';
import type { Effort, Provider } from '../../src/domain/provider.js';
import type { ToolSpec } from '../../src/domain/tool.js';
import { createModels } from '../../src/models/create-models.js';
import type { Send } from '../../src/models/exchange.js';
import type { Model } from '../../src/models/model.js';
import { createFetch } from '../../src/models/network.js';
import { BUILTIN_TOOLS } from '../../src/tools/builtin-tools.js';
import { toSpec } from '../../src/tools/catalogue.js';
import { SIGNATURE, THINKING } from './adapter-replies.js';
import { startChild } from './children.js';
import { type Figure, median, type Section } from './figures.js';
import type { Common } from './stage.js';
import { ANSWER, CONTENT, FILE, PROMPT } from './work.js';

/** One kind of conversation with one provider. */
interface Cell {
  readonly name: string;
  readonly provider: Provider;
  readonly model: string;
  readonly iterations: number;
  readonly effort?: Effort;
}

const CELLS: readonly Cell[] = (
  [
    ['chat', 'litellm'],
    ['anthropic', 'anthropic'],
    ['responses', 'openai'],
  ] as const
).flatMap(([name, provider]) => [
  { name: `${name}, 10 KB`, provider, model: 'plain', iterations: 1 },
  { name: `${name}, 120 KB`, provider, model: 'plain', iterations: 20 },
  { name: `${name}, 120 KB and thinking`, provider, model: THINKING, iterations: 20, effort: 'high' },
]);

const WARM_UP = 40;
const BLOCKS = 12;
const REQUESTS = 8;

export async function adapter(common: Common): Promise<Section[]> {
  const child = await startChild('./adapter-model-main.js');
  try {
    const sides = await Promise.all(CELLS.map((cell) => openSides(cell, (child.said as { url: string }).url)));
    for (let round = 0; round < common.rounds; round++) {
      // As in a worker: whatever an activity does, it does in its context.
      for (const side of sides) await new AsyncLocalStorage().run(CELLS, () => measure(side));
      common.announce(`adapter, round ${round + 1}`);
    }
    return [{ title: 'CPU of one request: the model adapter beside a plain fetch', figures: sides.flatMap(figuresOf) }];
  } finally {
    await child.kill();
  }
}

// ---

interface Sides {
  readonly cell: Cell;
  readonly plain: () => Promise<unknown>;
  readonly ours: () => Promise<unknown>;
  readonly plainMs: number[];
  readonly oursMs: number[];
}

async function openSides(cell: Cell, url: string): Promise<Sides> {
  const sent: { path: string; body: unknown; headers: Headers }[] = [];
  const network = createFetch({});
  const here: Send = (to, init) => {
    const path = new URL(String(to)).pathname;
    if (sent.length === 0) {
      sent.push({ path, body: JSON.parse(String(init?.body)), headers: new Headers(init?.headers) });
    }
    return network(url + path, init);
  };
  const model = openModel(cell, here);
  const kept = asRead(conversation(cell, cell.iterations - 1));
  const tools = await toolsOnOffer();
  const ours = (): Promise<unknown> => ask(model, cell, { messages: [...kept, ...lastRound(cell)], tools });
  await ours();
  const [request] = sent;
  if (!request) throw new Error('the adapter sent nothing');
  return { cell, ours, plain: () => plainRequest(url + request.path, request), plainMs: [], oursMs: [] };
}

function openModel({ provider, model }: Cell, fetch: Send): Model {
  const models = createModels({ keys: { [provider]: 'no-secret-of-anyone' }, endpoints: {}, fetch });
  return models.open([{ provider, model }], { trustedEndpoint: false });
}

async function toolsOnOffer(): Promise<ToolSpec[]> {
  const loaded = await Promise.all(Object.values(BUILTIN_TOOLS).map((load) => load({ env: {} })));
  return loaded.flatMap((tool) => (tool ? toSpec(tool) : []));
}

function ask(model: Model, { effort }: Cell, given: { messages: Message[]; tools: ToolSpec[] }): Promise<unknown> {
  let soFar = '';
  return model
    .ask({
      ...given,
      maxOutputTokens: 8_192,
      cacheKey: 'task',
      ...(effort && { effort }),
      signal: new AbortController().signal,
      onText: (text) => {
        soFar = text;
      },
    })
    .then(() => soFar);
}

/** The least that any client does: it writes the body as JSON, and reads the JSON of each event. */
async function plainRequest(url: string, { body, headers }: { body: unknown; headers: Headers }): Promise<number> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  if (!response.ok || !response.body) throw new Error(`the model answered with ${response.status}`);
  const decoder = new TextDecoder();
  let carry = '';
  let read = 0;
  for await (const bytes of response.body) {
    const lines = (carry + decoder.decode(bytes, { stream: true })).split('\n');
    carry = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      if (typeof JSON.parse(line.slice(6)) === 'object') read++;
    }
  }
  return read;
}

async function measure({ plain, ours, plainMs, oursMs }: Sides): Promise<void> {
  await cpuOfEach(plain, WARM_UP);
  await cpuOfEach(ours, WARM_UP);
  const blocks: { plain: number; ours: number }[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    blocks.push({ plain: await cpuOfEach(plain, REQUESTS), ours: await cpuOfEach(ours, REQUESTS) });
  }
  plainMs.push(median(blocks.map((block) => block.plain)));
  oursMs.push(median(blocks.map((block) => block.ours)));
}

async function cpuOfEach(request: () => Promise<unknown>, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < times; n++) await request();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / times;
}

function figuresOf({ cell, plainMs, oursMs }: Sides): Figure[] {
  const more = oursMs.map((ms, round) => ms - (plainMs[round] ?? Number.NaN));
  return [
    { name: `${cell.name}: plain fetch`, unit: 'ms', values: plainMs },
    { name: `${cell.name}: adapter`, unit: 'ms', values: oursMs },
    { name: `${cell.name}: adapter − fetch`, unit: 'ms', values: more, target: { most: 2 } },
  ];
}

/** The opening, and that many rounds of a reply of 2 KiB and a file of 4 KiB. */
function conversation(cell: Cell, rounds: number): Message[] {
  return [
    { role: 'system', content: PROMPT },
    { role: 'user', content: PROMPT },
    ...Array.from({ length: rounds }, (_, n) => roundOf(cell, n)).flat(),
  ];
}

/** New objects with each request, as each iteration has them. */
let asked = 0;
const lastRound = (cell: Cell): Message[] => asRead(roundOf(cell, 1_000 + asked++));

/** Messages come from files and from answers, so their texts are no parts of others. */
const asRead = (messages: Message[]): Message[] => JSON.parse(JSON.stringify(messages)) as Message[];

function roundOf({ provider, model, effort }: Cell, n: number): Message[] {
  const call = { id: `0191b2c3-${n}`, wire_id: `call_${n}`, name: 'read_file', args: { path: FILE, limit: n } };
  const parts: OriginPart[] = [
    ...(effort ? [thought(provider, n)] : []),
    { kind: 'text', length: ANSWER.length },
    { kind: 'call' },
  ];
  return [
    { role: 'assistant', content: ANSWER, calls: [call], origin: { provider, model, parts } },
    { role: 'tool', call: call.id, outcome: 'ok', content: CONTENT },
  ];
}

/** As the packages of the providers give it. */
function thought(provider: Provider, n: number): OriginPart {
  const text = ANSWER.slice(0, 512);
  if (provider === 'anthropic') return { kind: 'reasoning', text, options: { anthropic: { signature: SIGNATURE } } };
  if (provider !== 'openai') return { kind: 'reasoning', text };
  const options = { openai: { itemId: `rs_${n}`, reasoningEncryptedContent: SIGNATURE } };
  return { kind: 'reasoning', text: '', options };
}
