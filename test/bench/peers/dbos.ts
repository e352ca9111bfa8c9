/** DBOS on PostgreSQL: a workflow in the process of the worker, a step for the model and one for each call. */
import { PROMPT } from '../work.js';
import { createAgent } from './agent.js';
import { callsIn, openingOf } from './messages.js';
import { VERSIONS } from './packages.js';
import { startPostgres } from './postgres.js';
import type { System } from './system.js';

export const dbos: System = {
  name: `DBOS ${VERSIONS.dbos['@dbos-inc/dbos-sdk']} on PostgreSQL`,
  packages: VERSIONS.dbos,
  startServer: startPostgres,
  async openWorker({ load, server, ...settings }) {
    const agent = createAgent(settings);
    const { DBOS } = await load<DbosModule>('@dbos-inc/dbos-sdk');
    const { default: pg } = await load<PgModule>('pg');
    const url = String(server.url);
    DBOS.setConfig({ name: 'bench', systemDatabaseUrl: url, logLevel: 'error' });
    const work = DBOS.registerWorkflow(
      async (model: string) => {
        const messages = openingOf(PROMPT);
        for (;;) {
          messages.push(await DBOS.runStep(() => agent.ask(model, messages), { name: 'ask' }));
          const calls = callsIn(messages);
          if (calls.length === 0) return;
          for (const call of calls) messages.push(await DBOS.runStep(() => agent.use(call), { name: 'use' }));
        }
      },
      { name: 'work' },
    );
    await DBOS.launch();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return {
      async run(id, model) {
        await (await DBOS.startWorkflow(work, { workflowID: id })(model)).getResult();
      },
      async stored(id) {
        const { rows } = await client.query(STORED, [id]);
        return Number(rows[0]?.bytes);
      },
    };
  },
};

// ---

const STORED = `select (select coalesce(sum(octet_length(output)), 0) from dbos.operation_outputs where workflow_uuid = $1)
  + (select coalesce(octet_length(inputs), 0) + coalesce(octet_length(output), 0) from dbos.workflow_status
     where workflow_uuid = $1) as bytes`;

type Workflow = (model: string) => Promise<void>;

interface DbosModule {
  readonly DBOS: {
    setConfig(config: object): void;
    registerWorkflow(work: Workflow, options: object): Workflow;
    runStep<T>(step: () => Promise<T>, options: object): Promise<T>;
    launch(): Promise<void>;
    startWorkflow(
      work: Workflow,
      options: object,
    ): (model: string) => Promise<{
      getResult(): Promise<unknown>;
    }>;
  };
}

interface PgModule {
  readonly default: {
    readonly Client: new (options: {
      connectionString: string;
    }) => {
      connect(): Promise<void>;
      query(text: string, values: readonly string[]): Promise<{ readonly rows: readonly { readonly bytes: string }[] }>;
    };
  };
}
