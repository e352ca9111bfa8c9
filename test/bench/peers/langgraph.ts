/**
 * LangGraph with its SQLite saver: a node for the model, one for the calls, a checkpoint before each next step (`sync`). The
 * saver's database is in WAL mode and does not wait for the disk at each step: it survives the process, not a power cut.
 */
import { join } from 'node:path';
import { PROMPT } from '../work.js';
import { createAgent } from './agent.js';
import { callsIn, openingOf, type WireMessage } from './messages.js';
import { VERSIONS } from './packages.js';
import type { System } from './system.js';

export const langgraph: System = {
  name: `LangGraph ${VERSIONS.langgraph['@langchain/langgraph']} on SQLite, no sync of the disk`,
  packages: VERSIONS.langgraph,
  async openWorker({ load, directory, ...settings }) {
    const agent = createAgent(settings);
    const { Annotation, StateGraph, START, END } = await load<GraphModule>('@langchain/langgraph');
    const { SqliteSaver } = await load<SaverModule>('@langchain/langgraph-checkpoint-sqlite');
    const saver = SqliteSaver.fromConnString(join(directory, 'checkpoints.db'));
    const state = Annotation.Root({
      model: Annotation<string>(),
      messages: Annotation<WireMessage[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
    });
    const graph = new StateGraph(state)
      .addNode('ask', async ({ model, messages }) => ({ messages: [await agent.ask(model, messages)] }))
      .addNode('use', async ({ messages }) => ({ messages: await Promise.all(callsIn(messages).map(agent.use)) }))
      .addEdge(START, 'ask')
      .addConditionalEdges('ask', ({ messages }) => (callsIn(messages).length > 0 ? 'use' : END))
      .addEdge('use', 'ask')
      .compile({ checkpointer: saver });
    return {
      async run(id, model) {
        const config = { configurable: { thread_id: id }, durability: 'sync', recursionLimit: 100_000 };
        await graph.invoke({ model, messages: openingOf(PROMPT) }, config);
      },
      stored: async (id) => saver.db.prepare(STORED).get(id, id).bytes,
    };
  },
};

// ---

const STORED = `select (select sum(length(checkpoint) + length(metadata)) from checkpoints where thread_id = ?)
  + (select coalesce(sum(length(value)), 0) from writes where thread_id = ?) as bytes`;

interface State {
  readonly model: string;
  readonly messages: WireMessage[];
}

type Node = (state: State) => Promise<Partial<State>>;

interface Builder {
  addNode(name: string, node: Node): Builder;
  addEdge(from: string, to: string): Builder;
  addConditionalEdges(from: string, next: (state: State) => string): Builder;
  compile(options: object): { invoke(state: State, config: object): Promise<State> };
}

interface GraphModule {
  readonly Annotation: {
    <T>(channel?: { reducer: (all: T, more: T) => T; default: () => T }): unknown;
    Root(channels: Readonly<Record<string, unknown>>): object;
  };
  readonly StateGraph: new (state: object) => Builder;
  readonly START: string;
  readonly END: string;
}

interface SaverModule {
  readonly SqliteSaver: {
    fromConnString(path: string): {
      readonly db: { prepare(text: string): { get(...values: readonly string[]): { readonly bytes: number } } };
    };
  };
}
