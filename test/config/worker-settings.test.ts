/** How a worker operates: what its settings take, and what they say to anything else; and which OTEL_* variables count. */
import { describe, expect, test } from 'vitest';
import { otlpTarget } from '../../src/config/otlp.js';
import type { Setting } from '../../src/config/setting-origin.js';
import { type WorkerFlags, workerFlags, workerSettings } from '../../src/config/worker-settings.js';

const none = { project: undefined, user: undefined };
const given = (flags: WorkerFlags, env: NodeJS.ProcessEnv = {}) => workerSettings({ flags, env, ...none });

describe('an endpoint', () => {
  test.each([
    ['9464', '127.0.0.1:9464'],
    ['localhost:9464', '127.0.0.1:9464'],
    ['0.0.0.0:80', '0.0.0.0:80'],
    ['[::1]:65535', '[::1]:65535'],
  ])('%s is %s', (text, address) => {
    expect(given({ metrics: text, health: text })).toMatchObject({
      metrics: { value: address, origin: 'flag' },
      health: { value: address },
    });
  });

  test.each([
    '0',
    '65536',
    ':9464',
    'example.com:9464',
    '::1:9464',
    '9464x',
    '-1',
    '127.0.0.1',
    'http://127.0.0.1:9464',
  ])('%s is refused', (text) => {
    expect(() => given({ metrics: text })).toThrow(
      `--metrics takes a port, or an IP address and a port, not '${text}'`,
    );
    expect(() => given({}, { ROOKERY_HEALTH: text })).toThrow('--health takes');
  });
});

test.each([
  [{ maxActivities: '0' }, "--max-activities takes a whole number above 0, not '0'"],
  [{ maxActivities: 'many' }, "--max-activities takes a whole number above 0, not 'many'"],
  [{ maxWorkflowTasks: '1' }, "--max-workflow-tasks takes a whole number of at least 2, not '1'"],
  [{ tuner: 'auto' }, "--tuner takes fixed or resource, not 'auto'"],
  [{ tuner: 'resource', targetCpu: '0.8' }, "--target-cpu takes a whole number of percent from 1 to 100, not '0.8'"],
  [{ tuner: 'resource', targetMemory: '101' }, '--target-memory takes a whole number of percent'],
  [{ targetCpu: '70' }, '--target-cpu needs the resource tuner'],
  [{ targetMemory: '70' }, '--target-memory needs the resource tuner'],
  [{ otlp: 'localhost:4318' }, '--otlp takes a plain http or https address'],
  [{ otlp: 'http://me:secret@127.0.0.1:4318' }, '--otlp takes a plain http or https address'],
  [{ deploymentName: 'rookery' }, '--deployment-name needs --build-id'],
  [{ buildId: '1' }, '--build-id needs --deployment-name'],
  [{ deploymentName: 'a.b', buildId: '1' }, '--deployment-name takes a name of at most 255 characters without dots'],
  [{ deploymentName: 'a', buildId: '1:2' }, '--build-id takes a name of at most 255 characters without colons'],
] as const)('%o is refused: %s', (flags, message) => {
  expect(() => given(flags)).toThrow(message);
});

test('a message never repeats the credentials in an address', () => {
  expect(() => given({ otlp: 'http://me:secret@127.0.0.1:4318' })).not.toThrow('secret');
});

test('each comes from flag, variable, project file or user file, in this order', () => {
  const file = (worker: object) => ({ path: '/x/config.toml', settings: { worker } });
  const sources = { project: file({ metrics: 1, health: 2 }), user: file({ metrics: 3, health: 4, build_id: 'b' }) };
  const env = { ROOKERY_METRICS: '5', ROOKERY_DEPLOYMENT_NAME: 'd' };
  const settings = workerSettings({ flags: { metrics: '6' }, env, ...sources });
  expect(settings.metrics).toMatchObject({ value: '127.0.0.1:6', origin: 'flag' });
  expect(settings.health).toMatchObject({ value: '127.0.0.1:2', origin: 'project file' });
  expect(settings.build_id).toMatchObject({ value: 'b', origin: 'user file' });
  // A worker in another process reads the user's file itself.
  expect(workerFlags(settings)).toEqual({
    '--metrics': '127.0.0.1:6',
    '--health': '127.0.0.1:2',
    '--deployment-name': 'd',
  });
});

describe('the collector', () => {
  const URL = 'http://collector.test:4318';
  const flag: Setting<string> = { value: URL, origin: 'flag' };
  const fromEnvironment = (env: NodeJS.ProcessEnv, signal: 'metrics' | 'traces' = 'metrics') =>
    otlpTarget(signal, given({}, env).otlp, env);

  test('of the flag gets each signal at its path, as the standard says for a base address', () => {
    expect(otlpTarget('metrics', flag, {})).toEqual({
      url: `${URL}/v1/metrics`,
      protocol: 'http/protobuf',
      headers: {},
      intervalMs: 60_000,
      temporality: 'cumulative',
      service: 'rookery',
    });
    expect(otlpTarget('traces', { ...flag, value: `${URL}/` }, {})?.url).toBe(`${URL}/v1/traces`);
  });

  test('comes from the standard variables, that of one signal first and as it stands', () => {
    expect(fromEnvironment({})).toBeUndefined();
    const general = { OTEL_EXPORTER_OTLP_ENDPOINT: URL };
    expect(fromEnvironment(general)?.url).toBe(`${URL}/v1/metrics`);
    const both = { ...general, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://other.test/own' };
    expect(fromEnvironment(both)?.url).toBe('https://other.test/own');
    expect(fromEnvironment(both, 'traces')?.url).toBe(`${URL}/v1/traces`);
    expect(otlpTarget('metrics', flag, both)?.url).toBe(`${URL}/v1/metrics`);
  });

  test('speaks gRPC where the variable or the port says so', () => {
    expect(fromEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c.test:4317' })).toMatchObject({
      url: 'http://c.test:4317',
      protocol: 'grpc',
    });
    const chosen = { OTEL_EXPORTER_OTLP_ENDPOINT: URL, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(fromEnvironment(chosen)).toMatchObject({ url: URL, protocol: 'grpc' });
  });

  test('gets headers, interval and temporality of the variables', () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key, x-team=a',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta',
    };
    expect(otlpTarget('metrics', flag, env)).toMatchObject({
      headers: { authorization: 'Bearer key', 'x-team': 'a' },
      intervalMs: 5_000,
      temporality: 'delta',
    });
    expect(otlpTarget('metrics', flag, { OTEL_SERVICE_NAME: 'agents' })?.service).toBe('agents');
    expect(otlpTarget('metrics', flag, { OTEL_RESOURCE_ATTRIBUTES: 'a=b,service.name=team' })?.service).toBe('team');
  });

  test.each([[{ OTEL_SDK_DISABLED: 'true' }], [{ OTEL_METRICS_EXPORTER: 'none' }]])('is not used with %o', (env) => {
    expect(fromEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: URL, ...env })).toBeUndefined();
  });

  test('a variable with another value is named, without its value where that may be a secret', () => {
    const withUrl = { OTEL_EXPORTER_OTLP_ENDPOINT: URL };
    expect(() => fromEnvironment({ ...withUrl, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })).toThrow("not 'http/json'");
    expect(() => fromEnvironment({ ...withUrl, OTEL_METRIC_EXPORT_INTERVAL: 'often' })).toThrow("not 'often'");
    expect(() => fromEnvironment({ ...withUrl, OTEL_EXPORTER_OTLP_HEADERS: 'secret' })).toThrow(
      /^OTEL_EXPORTER_OTLP_HEADERS/,
    );
    // Other programs read it too: only a worker says what is wrong, and no other verb fails.
    const odd = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' };
    expect(given({}, odd).otlp).toMatchObject({ value: undefined, origin: 'environment' });
    expect(() => fromEnvironment(odd)).toThrow('OTEL_EXPORTER_OTLP_ENDPOINT is not a plain http or https address');
  });
});
