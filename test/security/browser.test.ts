/**
 * No web page gets an answer of the embedded server: neither a page of another origin that posts blindly, nor one whose name
 * resolves to this machine. Each request is sent to the server of `rookery submit`, beside a worker and a finished task.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unblockedListeners } from '../../src/server/browser-check.js';
import { isBrowserBlocked } from '../../src/server/browser-ports.js';
import { serverFiles } from '../../src/server/files.js';
import { type BrowserProtection, readState, type ServerState } from '../../src/server/state.js';
import { type Bench, openBench } from '../cli/support.js';
import { inOrder } from '../support/book.js';
import { exchange, type RawRequest, sendRaw } from '../support/raw-http.js';
import { until } from '../support/until.js';
import { attacksOn, blindly, oddReads, rebinding, TARGETS } from './pages.js';

const SECRETS = ['The private prompt.', 'The private answer.'];

let bench: Bench;
let model: string[];
let task: string;
let state: ServerState & { readonly protection: BrowserProtection };
let connection: Connection;
let client: Client;
/** Requests that had to be refused. */
let sent = 0;

beforeAll(async () => {
  bench = await openBench();
  model = bench.model(inOrder({ content: SECRETS[1] ?? '' }));
  task = await bench.submit(model, SECRETS[0]);
  expect(await bench.run(['wait', task])).toMatchObject({ code: 0 });
  state = (await readState(serverFiles(bench.paths.workdir))) as typeof state;
  connection = await Connection.connect({ address: state.address });
  client = new Client({ connection });
  for (const workflowId of TARGETS) {
    await client.workflow.start('open', { workflowId, taskQueue: 'without-worker' });
  }
});
afterAll(async () => {
  await connection?.close();
  await bench?.close();
});

describe('a request of a web page', () => {
  let before: object;
  beforeAll(async () => {
    before = await effects();
  });

  test.each([
    ['blind', blindly],
    ['rebinding', rebinding],
  ])('that is %s and would change something is refused', async (_, headersFor) => {
    const { http, ui } = state.ports;
    for (const { name, path, body } of attacksOn(task)) {
      const posts = [
        { port: http, path },
        { port: http, path: `/api/v1${path.replace('/cluster/nexus/', '/nexus/').replace('/cluster/', '/')}` },
        { port: ui, path: `/api/v1${path.replace('/cluster/nexus/', '/nexus/').replace('/cluster/', '/')}` },
      ];
      for (const { port, path } of posts) {
        const request = { port, line: `POST ${path} HTTP/1.1`, headers: headersFor(port), body: JSON.stringify(body) };
        await expectRefused(request, name);
      }
    }
  });

  test('to any route that the server itself lists is refused', async () => {
    const { http, ui } = state.ports;
    const routes = await routesOfApi();
    expect(routes.length).toBeGreaterThan(200);
    for (const { method, path } of routes) {
      for (const port of path.startsWith('/api/v1') ? [http, ui] : [http]) {
        for (const headersFor of [blindly, rebinding]) {
          const body = method === 'GET' ? '' : '{}';
          await expectRefused({ port, line: `${method} ${path} HTTP/1.1`, headers: headersFor(port), body }, path);
        }
      }
    }
  });

  test('that names its host in an odd way reads nothing', async () => {
    const { http, ui } = state.ports;
    const workflows = '/api/v1/namespaces/default/workflows';
    const both = ['/api/v1/namespaces', workflows, `${workflows}/${task}`, `${workflows}/${task}/history`];
    const ofUi = ['/', '/api/v1/settings', `${workflows}/${task}/raw-history`];
    const reads = [
      ...both.flatMap((path) => [http, ui].map((port) => ({ path, port }))),
      ...ofUi.map((path) => ({ path, port: ui })),
    ];
    for (const { path, port } of reads) {
      for (const request of oddReads(path, port)) {
        await expectRefused({ port, ...request }, request.headers.join(), true);
      }
    }
    for (const host of ['127.0.0.1', `127.0.0.1:${state.ports.http}`, `localhost:${state.ports.http}`]) {
      const line = 'GET /api/v1/namespaces HTTP/1.1';
      await expectRefused({ port: state.ports.http, line, headers: [`Host: ${host}`] }, host);
    }
  });

  test('that asks for leave first (CORS preflight) gets none', async () => {
    for (const port of [state.ports.http, state.ports.ui]) {
      for (const headersFor of [blindly, rebinding]) {
        const headers = [...headersFor(port), 'Access-Control-Request-Method: POST'];
        const { text } = await sendRaw({ port, line: 'OPTIONS /api/v1/namespaces HTTP/1.1', headers });
        expect(text).not.toMatch(/access-control-allow/i);
      }
    }
  });

  test('gets no token of the Web UI, and uses none', async () => {
    const { ui } = state.ports;
    const own = `Host: 127.0.0.1:${ui}`;
    const page = await sendRaw({ port: ui, line: 'GET / HTTP/1.1', headers: [own] });
    const [, token = ''] = /set-cookie: _csrf=(\w+)/i.exec(page.text) ?? [];
    expect(token).not.toBe('');
    const foreign = await sendRaw({ port: ui, line: 'GET / HTTP/1.1', headers: [`Host: evil.example:${ui}`] });
    expect(foreign).toMatchObject({ status: 421, text: expect.not.stringMatching(/set-cookie/i) });
    const line = `POST /api/v1/namespaces/default/workflows/open-terminate/terminate HTTP/1.1`;
    const stolen = [`Cookie: _csrf=${token}`, `X-CSRF-Token: ${token}`, 'Content-Type: application/json'];
    // To the browser, another port of this machine is another origin of the same site, with the same cookies.
    const pages = [
      [`Host: evil.example:${ui}`, `Origin: http://evil.example:${ui}`, 'Sec-Fetch-Site: same-origin'],
      [own, 'Origin: http://127.0.0.1:3000', 'Sec-Fetch-Site: same-site'],
      [own, 'Origin: null', 'Sec-Fetch-Site: cross-site'],
      [own, 'Sec-Fetch-Site: cross-site'],
    ];
    for (const headers of pages) {
      await expectRefused({ port: ui, line, headers: [...headers, ...stolen], body: '{}' }, headers.join());
    }
  });

  test('has changed nothing', async () => {
    expect(sent).toBeGreaterThan(1_000);
    expect(await effects()).toEqual(before);
  });
});

test('whatever else the server listens on speaks no HTTP, or is on a port that browsers refuse', async () => {
  const { ui, http, metrics, frontend } = state.ports;
  const listeners = [...listenersOf(state.pid), ...listenersOf(state.protection.front.pid)];
  const ports = listeners.map(({ port }) => port);
  expect(ports).toEqual(expect.arrayContaining([ui, http, metrics, frontend, state.protection.uiServer.port]));
  // Where too many servers run on this machine, there are not enough such ports: then it was said at the start.
  const said = unblockedListeners(state).join();
  const reachable = listeners.filter(({ port }) => port !== ui && !isBrowserBlocked(port) && !said.includes(`${port}`));
  expect(reachable.length).toBeGreaterThanOrEqual(1);
  for (const { host, port } of reachable) {
    for (const line of [
      'GET / HTTP/1.1',
      'POST /temporal.api.workflowservice.v1.WorkflowService/ListNamespaces HTTP/1.1',
    ]) {
      const answer = await exchange(
        port,
        `${line}\r\n${rebinding(port).join('\r\n')}\r\nContent-Length: 2\r\n\r\n{}`,
        host,
      );
      expect(answer.status, `${host}:${port} ${line}`).toBeUndefined();
    }
  }
});

test('doctor says whether the server is closed to browsers', async () => {
  const ran = await bench.run(['doctor', '--json']);
  const { checks } = JSON.parse(ran.stdout) as { checks: { name: string }[] };
  const ok = unblockedListeners(state).length === 0;
  expect(checks).toContainEqual(expect.objectContaining({ name: 'browsers', ok }));
});

test('list still asks the server, and the Web UI still answers at its own address', async () => {
  const { tasks } = await bench.json<{ tasks: { id: string }[] }>(['list']);
  expect(tasks.map(({ id }) => id)).toContain(task);
  for (const host of ['127.0.0.1', 'localhost']) {
    const headers = [`Host: ${host}:${state.ports.ui}`, `Origin: http://${host}:${state.ports.ui}`];
    const line = 'GET /api/v1/namespaces/default/workflows HTTP/1.1';
    const answer = await sendRaw({ port: state.ports.ui, line, headers });
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining(task) });
  }
});

test('the attacks are real: a program that knows the secret host name gets each of them accepted', async () => {
  const { http } = state.ports;
  const headers = [`Host: ${state.protection.apiHost}`, 'Content-Type: text/plain', 'Origin: http://evil.example'];
  for (const { name, path, body } of attacksOn(task)) {
    const request = { port: http, line: `POST ${path} HTTP/1.1`, headers, body: JSON.stringify(body) };
    // Only one batch operation runs at a time.
    const accepted = async (): Promise<number | undefined> => {
      const { status } = await sendRaw(request);
      return status === 429 ? undefined : status;
    };
    expect(await until(accepted, { what: name }), name).toBe(200);
  }
});

// ---

/** A request that is not well-formed may also get 400, or no answer. */
async function expectRefused(request: RawRequest, what: string, odd = false): Promise<void> {
  sent++;
  const { status, text } = await sendRaw(request);
  const refusals = odd ? [403, 421, 400, undefined] : [403, 421];
  expect(refusals, `${what}: ${request.line} on ${request.port}: ${text}`).toContain(status);
  for (const secret of [...SECRETS, '<html', 'workflowExecution']) expect(text).not.toContain(secret);
}

/** All that an attack could have changed, read by gRPC. */
async function effects(): Promise<object> {
  const namespace = 'default';
  const { workflowService, operatorService } = connection;
  const workflows: string[] = [];
  for await (const found of client.workflow.list()) {
    workflows.push([found.workflowId, found.runId, found.status.name, found.historyLength].join(' '));
  }
  const open = await Promise.all(TARGETS.map((id) => client.workflow.getHandle(id).describe()));
  const { namespaces } = await workflowService.listNamespaces({});
  const { schedules } = await workflowService.listSchedules({ namespace });
  const { executions } = await workflowService.listActivityExecutions({ namespace });
  const { operationInfo } = await workflowService.listBatchOperations({ namespace });
  const { workerDeployments } = await workflowService.listWorkerDeployments({ namespace });
  const { endpoints } = await operatorService.listNexusEndpoints({});
  return {
    workflows: workflows.toSorted(),
    open: open.map(({ workflowId, historyLength, status }) => [workflowId, historyLength, status.name]),
    retention: namespaces.map(({ namespaceInfo, config }) => [
      namespaceInfo?.name,
      Number(config?.workflowExecutionRetentionTtl?.seconds),
    ]),
    made: { schedules, executions, operationInfo, workerDeployments, endpoints },
    askedOfTheModel: bench.requests(model),
  };
}

/** From the description that the HTTP API gives of itself. */
async function routesOfApi(): Promise<{ method: string; path: string }[]> {
  const headers = [`Host: ${state.protection.apiHost}`];
  const { text } = await sendRaw({ port: state.ports.http, line: 'GET /swagger.json HTTP/1.0', headers });
  const { paths } = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as { paths: Record<string, object> };
  const known: Readonly<Record<string, string>> = { namespace: 'default', workflowId: task, taskQueue: 'default' };
  return Object.entries(paths).flatMap(([template, methods]) => {
    const path = template.replace(/\{(?:\w+\.)*(\w+)\}/g, (_, name: string) => known[name] ?? 'x');
    return Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path }));
  });
}

/** TCP sockets on which the process listens: Linux tells them. */
function listenersOf(pid: number): { host: string; port: number }[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && inodes.has(fields[9]))
    .map(([, local = '']) => {
      const [address = '', port = ''] = local.split(':');
      const host = [...Buffer.from(address, 'hex')].reverse().join('.');
      return { host, port: Number.parseInt(port, 16) };
    });
}
