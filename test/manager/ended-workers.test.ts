/** A worker of this machine that has ended polls no more for the manager of a work directory, whatever the server says. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { absenceOf, isPolled, noteEndedWorkers } from '../../src/manager/host-state.js';
import type { TemporalClient } from '../../src/server/temporal-client.js';

const directory = mkdtempSync(join(tmpdir(), 'rookery-ended-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const { pid: gone } = spawnSync(process.execPath, ['--version']);
const seconds = (): number => Math.floor(Date.now() / 1000);

function clientThat(polled: Readonly<Record<string, { identity: string; at: number }>>): TemporalClient {
  const client: unknown = {
    options: { namespace: 'default' },
    workflowService: {
      describeTaskQueue: async ({ taskQueue: { name } }: { taskQueue: { name: string } }) => {
        const found = polled[name];
        return { pollers: found ? [{ identity: found.identity, lastAccessTime: { seconds: found.at } }] : [] };
      },
    },
  };
  return client as TemporalClient;
}

test.each([
  ['has ended', gone, false],
  ['runs', process.pid, true],
])('a worker of this machine that %s', async (_, pid, polled) => {
  const client = clientThat({ rookery: { identity: `rookery:${pid}@${hostname()}.0a1b2c`, at: seconds() } });
  expect(await isPolled(client, 'rookery')).toBe(true);
  noteEndedWorkers(client, directory);
  expect(await isPolled(client, 'rookery')).toBe(polled);
});

const silent = { queue: 'rookery', waits: false, scheduled: undefined, heard: Date.now() - 60_000 };

test('a silent call of a host whose queue is not polled any more says so, and since when', async () => {
  const client = clientThat({ 'rookery@1': { identity: 'x', at: seconds() - 600 } });
  const reason = await absenceOf(client, { ...silent, host: 'rookery@1' });
  expect(reason).toMatch(/^no worker polls queue rookery@1 since 20/);
});

test('a silent call of a host that the server still counts as polling has sent no heartbeat', async () => {
  const client = clientThat({ 'rookery@1': { identity: 'x', at: seconds() } });
  expect(await absenceOf(client, { ...silent, host: 'rookery@1' })).toMatch(/^its worker has sent no heartbeat since/);
});
