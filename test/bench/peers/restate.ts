/** Restate: its server as npm brings it, with its defaults; a service in the worker, each reply and each call a run of its journal. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROMPT } from '../work.js';
import { type Agent, createAgent } from './agent.js';
import { callsIn, openingOf } from './messages.js';
import { VERSIONS } from './packages.js';
import { freePort } from './ports.js';
import { startService } from './service.js';
import type { System } from './system.js';

export const restate: System = {
  name: `Restate ${VERSIONS.restate['@restatedev/restate-server']}`,
  packages: VERSIONS.restate,
  async startServer({ directory, packages }) {
    const [node, ingress, admin] = [await freePort(), await freePort(), await freePort()];
    const urls = { ingress: `http://127.0.0.1:${ingress}`, admin: `http://127.0.0.1:${admin}` };
    const service = await startService(programIn(packages), {
      name: 'Restate',
      args: ['--no-logo'],
      env: {
        ...process.env,
        RESTATE_BASE_DIR: directory,
        RESTATE_LISTEN_MODE: 'tcp',
        RESTATE_BIND_IP: '127.0.0.1',
        RESTATE_BIND_PORT: String(node),
        RESTATE_INGRESS__BIND_PORT: String(ingress),
        RESTATE_ADMIN__BIND_PORT: String(admin),
        RESTATE_DISABLE_TELEMETRY: 'true',
      },
      // Its directory goes with it.
      stopWith: 'SIGKILL',
      isReady: () => isHealthy([`${urls.ingress}/restate/health`, `${urls.admin}/health`]),
    });
    return { ...service, settings: urls };
  },
  async openWorker({ load, server, ...settings }) {
    polyfill();
    process.env.RESTATE_LOGGING = 'ERROR';
    const { service, serve } = await load<RestateModule>('@restatedev/restate-sdk');
    const agent = createAgent(settings);
    const handlers = { work: (context: Context, model: string) => work(agent, { context, model }) };
    const port = await serve({ services: [service({ name: 'bench', handlers })], port: await freePort() });
    await post(`${server.admin}/deployments`, { uri: `http://127.0.0.1:${port}` });
    const invocations = new Map<string, string>();
    return {
      async run(id, model) {
        const { headers } = await post(`${server.ingress}/bench/work`, model);
        invocations.set(id, headers.get('x-restate-id') ?? '');
      },
      async stored(id) {
        const query = `select sum(raw_length) as bytes from sys_journal where id = '${invocations.get(id)}'`;
        const { rows } = (await (await post(`${server.admin}/query`, { query })).json()) as {
          rows: { bytes: number }[];
        };
        return rows[0]?.bytes ?? Number.NaN;
      },
    };
  },
};

// ---

interface Context {
  run<T>(name: string, step: () => Promise<T>): Promise<T>;
}

interface RestateModule {
  service(definition: object): object;
  serve(options: { readonly services: readonly object[]; readonly port: number }): Promise<number>;
}

async function work(agent: Agent, { context, model }: { context: Context; model: string }): Promise<void> {
  const messages = openingOf(PROMPT);
  for (;;) {
    messages.push(await context.run('ask', () => agent.ask(model, messages)));
    const calls = callsIn(messages);
    if (calls.length === 0) return;
    for (const call of calls) messages.push(await context.run('use', () => agent.use(call)));
  }
}

function programIn(packages: string): string {
  const from = createRequire(join(packages, 'package.json'));
  const wrapper = createRequire(from.resolve('@restatedev/restate-server/package.json'));
  return wrapper.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);
}

async function isHealthy(urls: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(
    urls.map((url) =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    ),
  );
  return answers.every(Boolean);
}

async function post(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
  return response;
}

/** Its SDK needs a function that Node has only since version 22. */
function polyfill(): void {
  const promise = Promise as unknown as { withResolvers?: () => object };
  promise.withResolvers ??= () => {
    const parts = {};
    const made = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return Object.assign(parts, { promise: made });
  };
}
