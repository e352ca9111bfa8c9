/** docker-compose.yml without an engine: valid by the Compose schema, pinned, complete in itself, and local. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DCLinter } from 'dclint';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { homeVariables, PROVIDER_NAMES, providerRow } from '../src/domain/provider.js';
import { SEARCH_ATTRIBUTES } from '../src/domain/search.js';

interface Service {
  image?: string;
  pull_policy?: string;
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string | null>;
  healthcheck?: { test: string[] };
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  command?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
  secrets: Record<string, { file: string }>;
}

const FILE = 'docker-compose.yml';
let compose: Compose;

beforeAll(() => {
  compose = parse(readFileSync(FILE, 'utf8'), { merge: true });
});

function services(): [string, Service][] {
  return Object.entries(compose.services);
}

/** The linter's own types do not resolve under this project's module settings. */
interface LintResult {
  messages: { type: string; message: string }[];
}

test('it is a valid Compose file', () => {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  const results: LintResult[] = linter.lintFiles([FILE], false);
  expect(results).toHaveLength(1);
  expect(results[0]?.messages.filter(({ type }) => type === 'error')).toEqual([]);
});

test('every image has an exact version, and none is the retired auto-setup', () => {
  const images = services().flatMap(([, { image }]) => image ?? []);
  expect(images.length).toBeGreaterThanOrEqual(5);
  for (const image of images) {
    expect(image).toMatch(/:\d+\.\d+(\.\d+)?$/);
    expect(image).not.toContain('auto-setup');
  }
  const of = (name: string) => images.filter((image) => image.startsWith(`temporalio/${name}:`));
  const tools = new Set(of('admin-tools').map((image) => image.split(':')[1]));
  expect([...tools]).toEqual(of('server').map((image) => image.split(':')[1]));
});

test('every service that is waited for exists, and tells what it is waited for', () => {
  for (const [name, { depends_on = {} }] of services()) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const awaited = compose.services[other];
      expect(awaited, `${name} waits for ${other}`).toBeDefined();
      if (condition === 'service_healthy') expect(awaited?.healthcheck, other).toBeDefined();
    }
  }
  expect(compose.services.temporal?.healthcheck).toBeDefined();
});

test('every port is on 127.0.0.1', () => {
  const ports = services().flatMap(([, { ports = [] }]) => ports);
  expect(ports.length).toBeGreaterThanOrEqual(2);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('the namespace keeps tasks 30 days and knows our search attributes', () => {
  const script = compose.services.namespace?.command?.join('\n');
  expect(script).toMatch(/--retention 720h/);
  for (const { name } of Object.values(SEARCH_ATTRIBUTES)) expect(script).toContain(name);
});

test('the image of the worker is the one of this version, built by the user and never fetched', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(compose.services.worker).toMatchObject({ image: `rookery:${version}`, pull_policy: 'never' });
  const [, dockerfile = ''] = /docker build --tag rookery:\S+ --file (\S+)/.exec(readFileSync(FILE, 'utf8')) ?? [];
  expect(existsSync(dockerfile)).toBe(true);
});

test('the worker runs with the key file as a secret, and keeps its data in a volume', () => {
  const worker = compose.services.worker;
  expect(worker?.environment?.ROOKERY_SIGNING_KEY_FILE).toBe('/run/secrets/signing-key');
  expect(Object.keys(compose.secrets)).toEqual(worker?.secrets);
  // Not the volume itself: that belongs to root, and the worker does not.
  expect(worker?.volumes).toContain(`data:${dirname(worker?.environment?.ROOKERY_WORKDIR ?? '')}`);
  const mounted = services().flatMap(([, { volumes = [] }]) =>
    volumes.map((volume) => /(\w+)\}?:\//.exec(volume)?.[1]),
  );
  expect(mounted.sort()).toEqual(Object.keys(compose.volumes).sort());
});

test('the worker gets the key of each provider', () => {
  const passed = Object.keys(compose.services.worker?.environment ?? {});
  const variables = PROVIDER_NAMES.flatMap((provider) => {
    const { keyVariable = [], secretVariables = [] } = providerRow(provider);
    return [keyVariable, homeVariables(provider), secretVariables].flat();
  });
  expect(passed).toEqual(expect.arrayContaining(variables));
});

test('no key has a value in the file', () => {
  const keys = Object.entries(compose.services.worker?.environment ?? {}).filter(([name]) => name.endsWith('API_KEY'));
  expect(keys.length).toBeGreaterThanOrEqual(5);
  for (const [name, value] of keys) expect(value, name).toBeNull();
});
