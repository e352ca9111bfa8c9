/** The embedded server on the real CLI: private, durable, found again, and never twice. */

import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search.js';
import { processIdentity } from '../../src/files/process-identity.js';
import { unblockedListeners } from '../../src/server/browser-check.js';
import {
  type EmbeddedServer,
  reachableByBrowsers,
  runningServer,
  type StartOptions,
  startServer,
  stopServer,
} from '../../src/server/embedded.js';
import { serverFiles } from '../../src/server/files.js';
import { choosePorts } from '../../src/server/ports.js';
import { readState, type ServerState } from '../../src/server/state.js';
import { until } from '../support/until.js';
import { realCli, script, temporaryDirectory, temporaryWorkdir } from './support.js';

/** On ports of the test's own: whatever runs on the usual ones meanwhile is not met. */
async function start(workdir: string, more: Partial<StartOptions> = {}): Promise<EmbeddedServer> {
  const { frontend, ui } = await choosePorts([]);
  const base = { workdir, cli: await realCli(), env: process.env, announce: () => undefined };
  return startServer({ ...base, preferredPort: frontend, preferredUiPort: ui, ...more });
}

async function connect(server: EmbeddedServer): Promise<Connection> {
  const connection = await Connection.connect({ address: server.address });
  onTestFinished(() => connection.close());
  return connection;
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

describe('a server in a new work directory', () => {
  test('is private and durable, keeps finished tasks 30 days, and comes back where it was after kill -9', async () => {
    const workdir = await temporaryWorkdir();
    const lines: string[] = [];
    const env = { ...process.env, OPENAI_API_KEY: 'sk-secret-of-the-test' };
    const server = await start(workdir, { env, announce: (line) => lines.push(line) });
    expect(lines.some((line) => line.includes(server.uiUrl))).toBe(true);

    const database = join(workdir, 'server', 'temporal.db');
    for (const file of [database, `${database}-wal`, `${database}-shm`, join(workdir, 'logs', 'server.log')]) {
      expect(await modeOf(file), file).toBe('600');
    }
    expect(await modeOf(join(workdir, 'server'))).toBe('700');
    expect([...(await readFile(database)).subarray(18, 20)]).toEqual([2, 2]);

    const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8');
    expect(environment).not.toContain('sk-secret-of-the-test');
    expect(environment.split('\0')).toContain(`ROOKERY_WORKDIR=${workdir}`);

    const connection = await connect(server);
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(tsToMs(config?.workflowExecutionRetentionTtl)).toBeGreaterThanOrEqual(30 * 24 * 3600 * 1000);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)),
    );

    const client = new Client({ connection });
    await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody', args: [] });
    process.kill(server.pid, 'SIGKILL');
    await until(() => processIdentity(server.pid) === undefined, { what: 'the killed server is gone' });
    expect(await runningServer(workdir)).toBeUndefined();

    const again = await start(workdir);
    expect(again.pid).not.toBe(server.pid);
    // The port of the Web UI may still be held by the front of the killed server: then another one is taken.
    const { uiUrl: _, ...same } = server;
    expect(again).toMatchObject({ ...same, pid: again.pid });
    expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');

    expect(await start(workdir)).toEqual(again);
    expect(await runningServer(workdir)).toEqual(again);
    expect(await stopServer(workdir)).toBe(true);
    expect(processIdentity(again.pid)).toBeUndefined();
    expect(await stopServer(workdir)).toBe(false);
  });
});

describe('ports', () => {
  test('that are taken are passed over, also when two work directories start at the same moment', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void blocker.close());
    const { port } = (await until(() => blocker.address(), { what: 'a port that is taken' })) as AddressInfo;
    const preferences = { preferredPort: port, preferredUiPort: port };

    const workdirs = [await temporaryWorkdir(), await temporaryWorkdir()];
    const servers = await Promise.all(workdirs.map((workdir) => start(workdir, preferences)));
    const [one, other] = servers.map((server) => [server.address, server.uiUrl.replace('http://', '')]);
    expect(new Set([...(one ?? []), ...(other ?? []), `127.0.0.1:${port}`]).size).toBe(5);
    expect(await runningServer(workdirs[0] ?? '')).toEqual(servers[0]);
    expect(await runningServer(workdirs[1] ?? '')).toEqual(servers[1]);
  });
});

describe('one work directory never has two servers', () => {
  test('when two starts meet, when the server is frozen, when its note is lost', async () => {
    const workdir = await temporaryWorkdir();
    const [server, same] = await Promise.all([start(workdir), start(workdir)]);
    expect(same).toEqual(server);

    process.kill(server.pid, 'SIGSTOP');
    onTestFinished(() => void (processIdentity(server.pid) && process.kill(server.pid, 'SIGCONT')));
    await expect(start(workdir)).rejects.toMatchObject({
      code: 'no_server',
      message: expect.stringContaining(`process ${server.pid}`),
    });
    process.kill(server.pid, 'SIGCONT');
    expect(await start(workdir)).toEqual(server);

    await rm(join(workdir, 'server', 'state.json'));
    const next = await start(workdir);
    expect(next.pid).not.toBe(server.pid);
    expect(processIdentity(server.pid)).toBeUndefined();
  });

  test('a start that meets a dying server starts the next one', async () => {
    const workdir = await temporaryWorkdir();
    const dying = await start(workdir);
    process.kill(dying.pid, 'SIGSTOP');
    const starting = start(workdir);
    setTimeout(() => process.kill(dying.pid, 'SIGKILL'), 1_000);
    const next = await starting;
    expect(next.pid).not.toBe(dying.pid);
    expect(processIdentity(dying.pid)).toBeUndefined();
  });
});

describe('a server that is closed to browsers', () => {
  const stateOf = async (workdir: string): Promise<ServerState> => {
    const state = await readState(serverFiles(workdir));
    if (!state) throw new Error('there is no note of a server');
    return state;
  };

  test('has its secret in files that only the owner reads, another one at each start, and its front ends with it', async () => {
    const workdir = await temporaryWorkdir();
    const server = await start(workdir);
    expect(await reachableByBrowsers(workdir)).toEqual(unblockedListeners(await stateOf(workdir)));
    expect(await modeOf(join(workdir, 'server', 'state.json'))).toBe('600');
    const { apiHost, front } = (await stateOf(workdir)).protection ?? {};
    expect(apiHost).toMatch(/^[0-9a-f]{32}\.invalid$/);
    process.kill(server.pid, 'SIGKILL');
    await until(() => processIdentity(front?.pid ?? 0) === undefined, { what: 'the front has ended' });
    await start(workdir);
    expect((await stateOf(workdir)).protection?.apiHost).not.toBe(apiHost);
  });

  test('gets a new front, on the same address, where the front alone was killed', async () => {
    const workdir = await temporaryWorkdir();
    const server = await start(workdir);
    const { pid } = (await stateOf(workdir)).protection?.front ?? { pid: 0 };
    process.kill(pid, 'SIGKILL');
    await until(() => processIdentity(pid) === undefined, { what: 'the front has ended' });
    expect(await runningServer(workdir)).toEqual({ ...server, complete: false });
    expect(await reachableByBrowsers(workdir)).toContain('the proxy of the Web UI has exited');
    expect(await start(workdir)).toEqual(server);
    expect((await fetch(server.uiUrl)).status).toBe(200);
  });

  test('takes the place of one that an older Rookery started, on the same ports and with the same data', async () => {
    const workdir = await temporaryWorkdir();
    const closed = await start(workdir);
    const { protection, ...older } = await stateOf(workdir);
    process.kill(protection?.front.pid ?? 0, 'SIGKILL');
    await writeFile(join(workdir, 'server', 'state.json'), JSON.stringify(older));
    const client = new Client({ connection: await connect(closed) });
    await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'none', args: [] });
    expect(await runningServer(workdir)).toEqual({ ...closed, complete: false });

    const version = '1.9.0';
    await expect(start(workdir, { cli: { path: '/nowhere/temporal', version } })).rejects.toThrow('must not open it');
    expect(await runningServer(workdir), 'nothing was stopped').toBeDefined();

    const lines: string[] = [];
    const again = await start(workdir, { announce: (line) => lines.push(line) });
    expect(lines[0]).toMatch(
      /process \d+\) was started by an older Rookery and accepts requests from web pages: restarting it/,
    );
    expect(again.pid).not.toBe(closed.pid);
    expect({ ...again, pid: closed.pid }).toEqual(closed);
    expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
  });
});

describe('a server that cannot be trusted with tasks', () => {
  test('a CLI that drops the pragmas is stopped and refused', async () => {
    const workdir = await temporaryWorkdir();
    const { path: real, version } = await realCli();
    const body = `for word; do shift; case "$word" in --sqlite-pragma*) ;; *) set -- "$@" "$word" ;; esac; done\nexec ${real} "$@"`;
    const path = await script(join(await temporaryDirectory(), 'temporal'), body);
    await expect(start(workdir, { cli: { path, version } })).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringContaining('journal_mode=WAL'),
    });
    const pid = Number(await readFile(join(workdir, 'server', 'pid'), 'utf8'));
    expect(processIdentity(pid)).toBeUndefined();
  });

  test('a CLI that drops the allowed hosts is stopped and refused', async () => {
    const workdir = await temporaryWorkdir();
    const { path: real, version } = await realCli();
    const body = `for word; do shift; case "$word" in *httpAllowedHosts*) ;; *) set -- "$@" "$word" ;; esac; done\nexec ${real} "$@"`;
    const path = await script(join(await temporaryDirectory(), 'temporal'), body);
    await expect(start(workdir, { cli: { path, version } })).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringContaining('frontend.httpAllowedHosts'),
    });
    const pid = Number(await readFile(join(workdir, 'server', 'pid'), 'utf8'));
    expect(processIdentity(pid)).toBeUndefined();
  });

  test('a CLI that ends at once is told of with its last words', async () => {
    const workdir = await temporaryWorkdir();
    const path = await script(join(await temporaryDirectory(), 'temporal'), 'echo first; echo "no such table"; exit 1');
    await expect(start(workdir, { cli: { path, version: '1.9.1' } })).rejects.toMatchObject({
      code: 'environment',
      message: 'The Temporal server did not start: no such table.',
      hint: `Its log is ${join(workdir, 'logs', 'server.log')}.`,
    });
  });

  test('a work directory that is a file is named', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    await expect(start(path)).rejects.toMatchObject({ code: 'workdir', message: expect.stringContaining(path) });
    expect(await runningServer(path)).toBeUndefined();
  });
});
