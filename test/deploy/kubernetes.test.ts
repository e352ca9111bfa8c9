/**
 * deploy/kubernetes without a cluster: valid by the schemas of Kubernetes, without fields that those do not know, and in
 * agreement with itself and with the worker.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

type Value = Record<string, unknown>;

interface Validate {
  (data: unknown): boolean;
  errors?: readonly { instancePath: string; message?: string; keyword: string; params: unknown }[] | null;
}

const DIRECTORY = 'deploy/kubernetes';
const SCHEMAS: Readonly<Record<string, string>> = {
  'v1/ConfigMap': 'IoK8sApiCoreV1ConfigMap',
  'v1/Service': 'IoK8sApiCoreV1Service',
  'apps/v1/StatefulSet': 'IoK8sApiAppsV1StatefulSet',
  'policy/v1/PodDisruptionBudget': 'IoK8sApiPolicyV1PodDisruptionBudget',
};

interface Kustomization {
  readonly resources: string[];
  readonly patches?: { readonly path: string }[];
}

function read(path: string): Value[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Value);
}

const { resources } = read(join(DIRECTORY, 'kustomization.yaml'))[0] as unknown as Kustomization;
const BASE = resources.flatMap((name) => read(join(DIRECTORY, name)));
const [PATCH] = read(join(DIRECTORY, 'sandbox', 'sandbox.yaml')) as [Value];

/** As a strategic merge does: lists of things with names are joined by name. */
function merged(base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch)) {
    const changed = base.map((one) => merged(one, patch.find(({ name }) => name === one.name) ?? {}));
    return [...changed, ...patch.filter(({ name }) => !base.some((one) => one.name === name))];
  }
  if (!isTable(base) || !isTable(patch)) return patch;
  const entries = Object.entries(patch).map(([name, value]) => [
    name,
    name in base ? merged(base[name], value) : value,
  ]);
  return { ...base, ...Object.fromEntries(entries) };
}

function isTable(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A validator reads every field that its schema knows: what it has not read is unknown. */
function watched(value: unknown, at: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) for (const name of Object.keys(value)) unread.add(`${at}/${name}`);
  const inner = new Map<string, unknown>();
  return new Proxy(value, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver);
      if (typeof name !== 'string' || name === 'length' || !Object.hasOwn(target, name)) return found;
      unread.delete(`${at}/${name}`);
      if (!inner.has(name)) inner.set(name, watched(found, `${at}/${name}`, unread));
      return inner.get(name);
    },
  });
}

async function problemsOf(object: Value): Promise<unknown[]> {
  const schema = SCHEMAS[`${object.apiVersion}/${object.kind}`];
  expect(schema, `${object.apiVersion}/${object.kind}`).toBeDefined();
  const { validate } = (await import(`kubernetes-models/_schemas/${schema}`)) as { validate: Validate };
  const unread = new Set<string>();
  const valid = validate(watched(object, '', unread));
  return [...(valid ? [] : (validate.errors ?? [])), ...unread];
}

const statefulSet = BASE.find(({ kind }) => kind === 'StatefulSet') as Value;

/** Fetched with the other packages of the tests; where it is missing, these are skipped. */
const HAS_SCHEMAS = existsSync('node_modules/kubernetes-models');

describe.runIf(HAS_SCHEMAS)('each object is valid, and has no field that Kubernetes does not know', () => {
  test.each(BASE.map((object) => [String(object.kind), object]))('%s', async (_, object) => {
    expect(await problemsOf(object)).toEqual([]);
  });

  test('the StatefulSet with the sandbox', async () => {
    expect(await problemsOf(merged(statefulSet, PATCH) as Value)).toEqual([]);
  });

  test('a wrong value, a missing field and a misspelt one are found', async () => {
    const broken = (patch: object) => problemsOf(merged(statefulSet, patch) as Value);
    expect(await broken({ spec: { replicas: 'two' } })).not.toEqual([]);
    expect(await broken({ spec: { selector: undefined } })).not.toEqual([]);
    expect(await broken({ spec: { template: { spec: { termiationGracePeriodSeconds: 60 } } } })).toEqual([
      '/spec/template/spec/termiationGracePeriodSeconds',
    ]);
  });
});

interface Container {
  readonly name: string;
  readonly env: { name: string; value: string }[];
  readonly ports: { name: string; containerPort: number }[];
  readonly volumeMounts: { name: string; mountPath: string }[];
  readonly [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: [Container];
  readonly volumes: { name: string }[];
}

const { template, volumeClaimTemplates } = statefulSet.spec as {
  template: { spec: PodSpec };
  volumeClaimTemplates: { metadata: { name: string } }[];
};
const pod = template.spec;
const [container] = pod.containers;
const configured = BASE.find(({ kind }) => kind === 'ConfigMap')?.data as Record<string, string>;

test('a pod has more time to end than the worker takes to drain', () => {
  const [, drain] = /shutdownGraceTime: '(\d+) seconds'/.exec(readFileSync('src/plugin.ts', 'utf8')) ?? [];
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(drain) + 20);
});

test('probes and scrapes go to the ports that the worker is told to listen on', () => {
  const ports = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]));
  expect(configured.ROOKERY_HEALTH).toBe(`0.0.0.0:${ports.health}`);
  expect(configured.ROOKERY_METRICS).toBe(`0.0.0.0:${ports.metrics}`);
  for (const probe of ['startup', 'readiness', 'liveness'] as const) {
    expect(container[`${probe}Probe`]?.httpGet.port).toBe('health');
    expect(container[`${probe}Probe`]?.httpGet.path).toBe(probe === 'readiness' ? '/ready' : '/live');
  }
});

test('every mount has its volume, and the worker writes only where one is mounted', () => {
  const volumes = [...pod.volumes, ...volumeClaimTemplates.map(({ metadata }) => metadata)].map(({ name }) => name);
  expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort());
  const mounted = container.volumeMounts.map(({ mountPath }) => mountPath);
  for (const { name, value } of container.env)
    expect([name, mounted.some((path) => value.startsWith(`${path}/`))]).toEqual([name, true]);
});

test('what the kustomizations name is there', () => {
  for (const name of resources) expect(existsSync(join(DIRECTORY, name)), name).toBe(true);
  const [sandbox] = read(join(DIRECTORY, 'sandbox', 'kustomization.yaml')) as unknown as [Kustomization];
  for (const { path } of sandbox.patches ?? []) expect(existsSync(join(DIRECTORY, 'sandbox', path)), path).toBe(true);
});
