/** Nothing that a model can write leads to this host: no spelling, no redirect, no name that changes its mind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../src/domain/errors.js';
import { get } from '../../src/net/http.js';
import { SCALE } from '../support/random.js';
import { allowing, alternating, calm, type Local, serve } from './servers.js';
import { spellings } from './spellings.js';

let canary: Local;
let canary6: Local | undefined;
beforeAll(async () => {
  canary = await serve((_, response) => response.end('canary'), '127.0.0.1');
  canary6 = await serve((_, response) => response.end('canary'), '::1', canary.port).catch(() => undefined);
});
afterAll(() => {
  canary.close();
  canary6?.close();
});

const visits = (): number => canary.seen.length + (canary6?.seen.length ?? 0);
const outcome = (url: string, options: Partial<Parameters<typeof get>[1]> = {}): Promise<string> =>
  get(url, { signal: calm, totalMs: 60_000, ...options }).then(
    (got) => `reached ${got.kind}`,
    (error: unknown) => (error instanceof Refusal ? error.message : `threw ${error}`),
  );

test('the canary sings when the check is open for it', async () => {
  const before = visits();
  expect(await outcome(canary.url, { allow: allowing('127.0.0.1') })).toBe('reached answer');
  expect(visits()).toBe(before + 1);
});

describe('spellings', () => {
  test('of this host and its network, 300 and more: none reaches the canary, each is answered with a sentence', async () => {
    const urls = spellings(canary.port);
    expect(new Set(urls).size).toBeGreaterThanOrEqual(300);
    const before = visits();
    const resolve = alternating(['127.0.0.1']);
    for (const url of urls) {
      const said = await outcome(url, { resolve });
      expect([url, said]).toEqual([url, expect.stringMatching(/^[^\n]{10,500}\.$/)]);
      expect(said).not.toMatch(/^(reached|threw)|secret-word/);
    }
    expect(visits()).toBe(before);
  });

  test('with the resolver of this host', async () => {
    const before = visits();
    for (const url of spellings(canary.port).filter((one) => /localhost/i.test(one)))
      expect(await outcome(url)).not.toMatch(/^(reached|threw)/);
    expect(visits()).toBe(before);
  });
});

describe('names', () => {
  // A second address of this host plays the public one, where the system has it.
  const PUBLIC = '127.0.0.2';
  let site: Local | undefined;
  beforeAll(async () => {
    site = await serve(
      (request, response) => {
        if (request.url !== '/hop') return void response.end('site');
        response.writeHead(302, { location: '/landed' }).end();
      },
      PUBLIC,
      canary.port,
    ).catch(() => undefined);
  });
  afterAll(() => site?.close());
  const options = { allow: allowing(PUBLIC) };
  const url = (path = '/') => `http://rebind.example:${canary.port}${path}`;

  test('that alternate between a public address and this host, 10,000 times: every connection goes where was checked', async (context) => {
    if (!site) return context.skip(`this system has no ${PUBLIC}`);
    const count = Math.max(200, Math.round(10_000 * SCALE));
    const resolve = alternating([PUBLIC], ['127.0.0.1']);
    const before = visits();
    const tally = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const said = await outcome(url(), { ...options, resolve });
      tally.set(said, (tally.get(said) ?? 0) + 1);
    }
    expect(visits() - before).toBe(0);
    // One question a fetch: a second one is what rebinding lives on.
    expect(resolve.asked).toBe(count);
    expect(Object.fromEntries(tally)).toEqual({
      'reached answer': count / 2,
      'rebind.example is not on the public internet, so it is not fetched.': count / 2,
    });
  });

  test('that change at once after they were checked, in the middle of a redirect', async (context) => {
    if (!site) return context.skip(`this system has no ${PUBLIC}`);
    const before = visits();
    const resolve = alternating([PUBLIC], ['127.0.0.1']);
    expect(await outcome(url('/hop'), { ...options, resolve })).toMatch(/not on the public internet/);
    expect([resolve.asked, visits() - before]).toEqual([2, 0]);
  });

  test.each([
    [['127.0.0.2', '127.0.0.1']],
    [['127.0.0.1', '127.0.0.2']],
    [['127.0.0.2', '::1']],
    [['::1', '127.0.0.2']],
    [['127.0.0.2', '::ffff:127.0.0.1']],
    [['127.0.0.2', '127.0.0.2', '127.0.0.2', '10.0.0.1']],
    [['127.0.0.2', 'not an address']],
    [['fe80::1%lo']],
    [[]],
  ])('of which one answer is bad are refused whole: %j', async (answers) => {
    const before = visits() + (site?.seen.length ?? 0);
    expect(await outcome(url(), { ...options, resolve: alternating(answers) })).toMatch(/not fetched|no address/);
    expect(visits() + (site?.seen.length ?? 0)).toBe(before);
  });

  test('that the resolver does not know, or never answers for, are said so', async () => {
    const unknown = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect(await outcome(url(), { resolve: unknown })).toBe(
      'rebind.example could not be fetched: there is no such host.',
    );
    const silent = () => new Promise<never>(() => undefined);
    expect(await outcome(url(), { resolve: silent, totalMs: 100 })).toBe('rebind.example took longer than 0.1 s.');
  });
});
