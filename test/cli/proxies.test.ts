/** The command where proxies are set: a server on this host is reached without them, another one through them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LONG } from '../support/random.js';
import { startTunnelProxy, type TunnelProxy } from '../support/tunnel-proxy.js';
import { type Bench, openClusterBench } from './support.js';

const NAMES = ['grpc_proxy', 'http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];

let bench: Bench;
let refusing: TunnelProxy;
let leading: TunnelProxy;
const proxied = ({ url }: TunnelProxy) => Object.fromEntries(NAMES.map((name) => [name, url]));

beforeAll(async () => {
  [bench, refusing, leading] = await Promise.all([
    openClusterBench(),
    startTunnelProxy('403 Forbidden'),
    startTunnelProxy(),
  ]);
});
afterAll(async () => {
  await bench.close();
  refusing.close();
  leading.close();
});

test('a server and a model on this host are reached past every proxy, by the command and by its worker', async () => {
  const env = proxied(refusing);
  const ran = await bench.run(['run', ...bench.model(() => ({ content: 'Done.' })), 'Ask.'], { env });
  expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'Done.\n' });
  expect(await bench.run(['list'], { env })).toMatchObject({ code: 0 });
  expect(refusing.targets).toEqual([]);
});

test('a server elsewhere is reached through the proxy, by the command and by its worker', async () => {
  const other = await openClusterBench();
  try {
    const at = String(other.env.TEMPORAL_ADDRESS).replace('127.0.0.1', 'temporal.test');
    const env = { https_proxy: leading.url, TEMPORAL_ADDRESS: at };
    const ran = await other.run(['run', ...other.model(() => ({ content: 'Done.' })), 'Ask.'], { env });
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'Done.\n' });
    expect(new Set(leading.targets)).toEqual(new Set([at]));
    // One of the command, one of the worker.
    expect(leading.targets.length).toBeGreaterThanOrEqual(2);
  } finally {
    await other.close();
  }
});

// Ten seconds: so long a server is given to answer.
test.runIf(LONG)('a proxy that does not lead to the server is named', async () => {
  const env = {
    https_proxy: refusing.url.replace('http://', 'http://me:secret@'),
    TEMPORAL_ADDRESS: 'temporal.test:7233',
  };
  const ran = await bench.run(['list'], { env });
  expect(ran.code).not.toBe(0);
  expect(ran.stderr).toContain(`No Temporal server answers at temporal.test:7233 through the proxy ${refusing.url}`);
  expect(ran.stderr).toContain('no_proxy');
  expect(ran.stderr).not.toContain('secret');
});
