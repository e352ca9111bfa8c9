/** Which run of a signed start is admitted, decided on an in-memory host and server. */
import { expect, test } from 'vitest';
import { type AdmittedRunsPort, admitRun, isOriginalChain } from '../../activities/restart-check.js';
import type { RunOrigin, RunOrigins } from '../../activities/run-origin.js';

const TASK = 'task';
const MAC = 'a'.repeat(64);

class Host implements AdmittedRunsPort {
  readonly runs = new Map<string, string[]>();
  of({ task, mac }: { task: string; mac: string }): readonly string[] {
    return this.runs.get(`${task} ${mac}`) ?? [];
  }
  ofTask(): readonly string[] {
    return [...this.runs.values()].flat();
  }
  async add({ task, mac }: { task: string; mac: string }, run: string): Promise<void> {
    this.runs.set(`${task} ${mac}`, [...this.of({ task, mac }), run]);
  }
}

class Server implements RunOrigins {
  readonly runs = new Map<string, RunOrigin>();
  asked = 0;
  started(run: string, origin: Partial<RunOrigin> = {}): string {
    this.runs.set(run, { original: true, continues: undefined, mac: MAC, ...origin });
    return run;
  }
  async of(_: string, run: string): Promise<RunOrigin | undefined> {
    this.asked++;
    return this.runs.get(run);
  }
  async runsOf(): Promise<readonly string[]> {
    return [...this.runs.keys()];
  }
}

const admit = (host: Host, server: Server, run: string, resumed = false): Promise<boolean> =>
  admitRun(host, server, { task: TASK, mac: MAC, run, isAgent: false, resumed });

/** Of a workflow of the user, whose arguments are no start. */
const admitAgent = (host: Host, server: Server, run: string, mac: string): Promise<boolean> =>
  admitRun(host, server, { task: TASK, mac, run, isAgent: true, resumed: false });

test('the first run is admitted, and after that without asking the server', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1');
  expect(await admit(host, server, '1')).toBe(true);
  const { asked } = server;
  expect(await admit(host, server, '1')).toBe(true);
  expect(server.asked).toBe(asked);
});

test('a run that continues an admitted one is admitted, over runs that this host did not see', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1');
  await admit(host, server, '1');
  server.started('2', { continues: '1' });
  server.started('3', { continues: '2' });
  expect(await admit(host, server, '3')).toBe(true);
});

test('a reset, a second start, and what continues them are not admitted', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1');
  await admit(host, server, '1');
  server.started('reset', { original: false });
  server.started('after-reset', { continues: 'reset' });
  server.started('again');
  server.started('after-again', { continues: 'again' });
  for (const run of ['reset', 'after-reset', 'again', 'after-again'])
    expect(await admit(host, server, run), run).toBe(false);
});

test('a reset of a later run is not admitted, although the run before it was', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1');
  expect(await admit(host, server, '1')).toBe(true);
  server.started('2', { continues: '1' });
  expect(await admit(host, server, '2')).toBe(true);
  server.started('reset', { original: false, continues: '1' });
  expect(await admit(host, server, 'reset')).toBe(false);
});

test('a resumed run is admitted, and so is what continues it', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1');
  await admit(host, server, '1');
  server.started('reset', { original: false });
  expect(await admit(host, server, 'reset', true)).toBe(true);
  server.started('2', { continues: 'reset' });
  expect(await admit(host, server, '2')).toBe(true);
});

test('a host that remembers nothing admits a whole chain, and no second one of the same signature', async () => {
  const server = new Server();
  server.started('1');
  server.started('2', { continues: '1' });
  expect(await admit(new Host(), server, '2')).toBe(true);
  server.started('again');
  expect(await admit(new Host(), server, 'again')).toBe(false);
  // Signed anew under the same id: another start.
  server.started('retry', { mac: 'b'.repeat(64) });
  expect(
    await admitRun(new Host(), server, {
      task: TASK,
      mac: 'b'.repeat(64),
      run: 'retry',
      isAgent: false,
      resumed: false,
    }),
  ).toBe(true);
});

test('a chain whose oldest histories were deleted is admitted where nothing is remembered, and not where others are', async () => {
  const server = new Server();
  server.started('3', { continues: '2' });
  expect(await admit(new Host(), server, '3')).toBe(true);
  const host = new Host();
  await host.add({ task: TASK, mac: MAC }, 'other');
  expect(await admit(host, server, '3')).toBe(false);
});

test('a chain of runs is original when no Reset made one of them, and the server knows them all', async () => {
  const server = new Server();
  server.started('1');
  server.started('2', { continues: '1' });
  server.started('reset', { original: false });
  server.started('3', { continues: 'reset' });
  server.started('4', { continues: 'deleted' });
  const chains = ['1', '2', 'reset', '3', '4', 'unknown'].map((run) => isOriginalChain(server, TASK, run));
  expect(await Promise.all(chains)).toEqual([true, true, false, false, false, false]);
});

test('an agent is admitted in each run of its workflow, with another start, asking for the last runs only', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1', { mac: undefined });
  for (let n = 1; n <= 1_100; n++) {
    const { asked } = server;
    expect(await admitAgent(host, server, `${n}`, `mac-${n}`)).toBe(true);
    expect(server.asked - asked).toBeLessThanOrEqual(2);
    server.started(`${n + 1}`, { mac: undefined, continues: `${n}` });
  }
});

test('an agent of a reset, and of what continues it, is not admitted', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1', { mac: undefined });
  expect(await admitAgent(host, server, '1', 'first')).toBe(true);
  server.started('reset', { mac: undefined, original: false });
  server.started('after-reset', { mac: undefined, continues: 'reset' });
  expect(await admitAgent(host, server, 'reset', 'first')).toBe(false);
  expect(await admitAgent(host, server, 'reset', 'again')).toBe(false);
  expect(await admitAgent(host, server, 'after-reset', 'later')).toBe(false);
});

test('the start of an agent begins once, also in a run that continues another agent', async () => {
  const [host, server] = [new Host(), new Server()];
  server.started('1', { mac: undefined });
  await admitAgent(host, server, '1', 'first');
  server.started('2', { mac: undefined, continues: '1' });
  await admitAgent(host, server, '2', 'second');
  server.started('other', { mac: undefined });
  expect(await admitAgent(host, server, 'other', 'second')).toBe(false);
});
