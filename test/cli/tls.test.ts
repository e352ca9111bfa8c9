/**
 * The command and its worker against a Temporal server behind TLS, as Temporal Cloud is: with an API key, with client
 * certificates, without operator service; and what they say when one of them is wrong.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { type Authority, HAS_OPENSSL, makeAuthority } from '../support/certificates.js';
import { LONG } from '../support/random.js';
import { type FrontOptions, startTlsFront, type TlsFront } from '../support/tls-front.js';
import { type Bench, openClusterBench, type Ran } from './support.js';

const API_KEY = 'key-of-this-test';
const NAMES = 'DNS:localhost,IP:127.0.0.1';
const OPERATOR = '/temporal.api.operatorservice.v1.OperatorService/';
const PERMISSION_DENIED = 7;
const list = { calls: [{ id: 'a', name: 'list_files', args: {} }] };

const fronts: TlsFront[] = [];
const benches: Bench[] = [];
let authority: Authority;
beforeAll(() => {
  if (HAS_OPENSSL) authority = makeAuthority();
});
afterAll(async () => {
  await Promise.all(benches.map((bench) => bench.close()));
  await Promise.all(fronts.map((front) => front.close()));
});

async function frontOf(options: Partial<FrontOptions> = {}): Promise<TlsFront> {
  const certificate = options.certificate ?? authority.issue(NAMES);
  const front = await startTlsFront({ behind: inject('temporal').address, certificate, ...options });
  fronts.push(front);
  return front;
}

async function benchAt({ address }: TlsFront, env: Record<string, string> = {}): Promise<Bench> {
  const bench = await openClusterBench({ TEMPORAL_ADDRESS: address, ...env });
  benches.push(bench);
  return bench;
}

/** Without search attributes. */
async function bareNamespace(): Promise<string> {
  const connection = await Connection.connect({ address: inject('temporal').address });
  const namespace = `bare-${randomBytes(5).toString('hex')}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await connection.close();
  return namespace;
}

const trusting = (): Record<string, string> => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certPath });

describe.runIf(HAS_OPENSSL)('behind TLS', () => {
  test('worker, start, follow, status, list, cancel and doctor go through with an API key, each in its namespace', async () => {
    const refuses = (path: string): number | undefined => (path.startsWith(OPERATOR) ? PERMISSION_DENIED : undefined);
    const front = await frontOf({ apiKey: API_KEY, refuses });
    const bench = await benchAt(front, { ...trusting(), TEMPORAL_API_KEY: API_KEY });
    const ran = await bench.run(['run', ...bench.model(inOrder(list, { content: 'Done.' })), 'Do it.']);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'Done.\n' });
    const waiting = await bench.submit(bench.model(inOrder({ status: 401 })));
    expect((await bench.run(['follow', waiting])).code).toBe(4);
    expect(await bench.json(['status', waiting])).toMatchObject({
      detail: { phase: 'waiting_person', source: 'temporal' },
    });
    expect(await bench.json(['list'])).toMatchObject({ tasks: [{ id: waiting }, { status: 'Completed' }] });
    expect((await bench.run(['cancel', waiting])).code).toBe(0);
    // Registered beforehand, in another way: the search attributes need no operator service.
    const doctor = await bench.run(['doctor']);
    expect(doctor.stdout).toMatch(
      /^ok +search attributes +RookeryStatus, .*RookeryNeedsYou and RookeryCost are registered$/m,
    );
    const others = front.seen.filter(
      ({ namespace, path }) => !path.endsWith('/GetSystemInfo') && namespace === undefined,
    );
    expect(others).toEqual([]);
  });

  test('without operator service and without search attributes tasks run, and worker and doctor say what is missing', async () => {
    const refuses = (path: string): number | undefined => (path.startsWith(OPERATOR) ? PERMISSION_DENIED : undefined);
    const front = await frontOf({ apiKey: API_KEY, refuses });
    const namespace = await bareNamespace();
    const bench = await benchAt(front, { ...trusting(), TEMPORAL_API_KEY: API_KEY, TEMPORAL_NAMESPACE: namespace });
    const ran = await bench.run(['run', ...bench.model(inOrder({ content: 'Done.' })), 'Do it.']);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'Done.\n' });
    const logs = await bench.run(['logs']);
    expect(logs.stdout + logs.stderr).toContain(
      'search attributes are not registered: RookeryStatus, RookeryModel, RookeryName,',
    );
    const doctor = await bench.run(['doctor', '--fix']);
    expect(doctor.stdout).toMatch(/FAIL search attributes .*does not let this client register them/);
    expect(doctor.stdout).toContain(
      `tcld namespace search-attributes add -n ${namespace} --sa "RookeryStatus=Keyword" --sa "RookeryModel=Keyword" --sa "RookeryName=Keyword"`,
    );
    expect(front.refused.some((path) => path.startsWith(OPERATOR))).toBe(true);
  });

  test('a client certificate lets worker and command in', async () => {
    const front = await frontOf({ clientAuthority: authority.cert });
    const { certPath, keyPath } = authority.issue('DNS:client');
    const client = { TEMPORAL_TLS_CLIENT_CERT_PATH: certPath, TEMPORAL_TLS_CLIENT_KEY_PATH: keyPath };
    const bench = await benchAt(front, { ...trusting(), ...client });
    const ran = await bench.run(['run', ...bench.model(inOrder(list, { content: 'Done.' })), 'Do it.']);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'Done.\n' });
  });
});

// Each starts two processes or more, in all for more than a minute.
describe.runIf(HAS_OPENSSL && LONG)('what is wrong is said, by a command and by a worker', () => {
  /** Both connect in their own way: the command by the client of the SDK, the worker by its native part. */
  async function bothSay(front: TlsFront, env: Record<string, string>, ...words: RegExp[]): Promise<void> {
    const bench = await benchAt(front, env);
    const runs: Ran[] = [await bench.run(['list']), await bench.run(['worker'])];
    for (const { code, stderr } of runs) {
      expect(code, stderr).toBe(6);
      for (const word of words) expect(stderr).toMatch(word);
      expect(stderr).not.toContain(API_KEY);
    }
  }

  test('an authority that is not trusted', async () => {
    await bothSay(await frontOf(), { TEMPORAL_TLS: 'true' }, /not trusted here/, /TEMPORAL_TLS_SERVER_CA_CERT_PATH/);
    const env = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: makeAuthority().certPath };
    await bothSay(await frontOf(), env, /not trusted here/, /TEMPORAL_TLS_SERVER_CA_CERT_PATH/);
  });

  test('a certificate that has expired', async () => {
    const front = await frontOf({ certificate: authority.issue(NAMES, -1) });
    await bothSay(front, trusting(), /its certificate has expired/, /Renew the certificate of the server/);
  });

  test('a certificate for another name', async () => {
    const front = await frontOf({ certificate: authority.issue('DNS:other.example') });
    await bothSay(front, trusting(), /for another name/, /TEMPORAL_TLS_SERVER_NAME/);
  });

  test('no TLS to a server that speaks it, and TLS to one that does not', async () => {
    await bothSay(await frontOf(), {}, /the server speaks TLS/, /TEMPORAL_TLS=true/);
    const plain = { ...(await frontOf()), address: inject('temporal').address };
    await bothSay(plain, { TEMPORAL_TLS: 'true' }, /does not speak TLS/, /TEMPORAL_TLS=false/);
  });

  test('a missing API key, and a wrong one', async () => {
    const front = await frontOf({ apiKey: API_KEY });
    await bothSay(front, trusting(), /it wants to know who asks/, /TEMPORAL_API_KEY/);
    await bothSay(front, { ...trusting(), TEMPORAL_API_KEY: 'old' }, /does not accept the API key/, /valid now/);
  });

  test('no client certificate, one of another authority, and one that has expired', async () => {
    const front = await frontOf({ clientAuthority: authority.cert });
    const given = (by: Authority, days?: number): Record<string, string> => {
      const { certPath, keyPath } = by.issue('DNS:client', days);
      return { ...trusting(), TEMPORAL_TLS_CLIENT_CERT_PATH: certPath, TEMPORAL_TLS_CLIENT_KEY_PATH: keyPath };
    };
    await bothSay(front, trusting(), /demands a client certificate/, /TEMPORAL_TLS_CLIENT_CERT_PATH/);
    await bothSay(front, given(makeAuthority()), /refuses the client certificate/);
    await bothSay(front, given(authority, -1), /the client certificate expired on/, /Renew it/);
  });

  test('files that are no certificates, and a certificate without its key', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'rookery-pem-')), 'no.pem');
    writeFileSync(file, 'no certificate\n');
    const pair = { TEMPORAL_TLS_CLIENT_CERT_PATH: file, TEMPORAL_TLS_CLIENT_KEY_PATH: file };
    await bothSay(await frontOf(), { ...trusting(), ...pair }, /is no such thing/, /TEMPORAL_TLS_/);
    const bench = await benchAt(await frontOf(), { ...trusting(), TEMPORAL_TLS_CLIENT_CERT_PATH: file });
    expect(await bench.run(['list'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/needs its key/) });
  });
});
