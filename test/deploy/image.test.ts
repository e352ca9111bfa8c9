/** The worker's image without an engine: what it holds and does, and what a linter of Dockerfiles says where one is there. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const FILE = 'docker/Dockerfile';
const text = readFileSync(FILE, 'utf8');
/** Of the second stage, with continued lines joined, without comments. */
const lines = (text.split(/^FROM /m).at(-1) ?? '')
  .replace(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n');
const line = (word: string): string => lines.filter((one) => one.startsWith(`${word} `)).join('\n');

test('it has what tools and sandbox need', () => {
  const packages = /apt-get install \S+ \S+ (.*?) &&/.exec(line('RUN'))?.[1]?.trim().split(/\s+/);
  expect(packages).toEqual(['bubblewrap', 'ca-certificates', 'git', 'ripgrep', 'tini']);
});

test('it runs as a user that Kubernetes sees is not root, behind a program that reaps and hands on signals', () => {
  expect(line('USER')).toBe('USER 1000:1000');
  expect(line('ENTRYPOINT')).toBe('ENTRYPOINT ["tini", "--"]');
  expect(line('CMD')).toBe('CMD ["rookery", "worker"]');
});

test('its health check asks the endpoint that the worker opens', () => {
  const [, address] = /ROOKERY_HEALTH=(\S+)/.exec(line('ENV')) ?? [];
  expect(address).toBeDefined();
  expect(line('HEALTHCHECK')).toContain(`http://${address}/ready`);
});

test('the sandbox of the Compose file opens what bubblewrap needs, and nothing else of the container', () => {
  const { services } = parse(readFileSync('docker/sandbox.compose.yml', 'utf8')) as {
    services: Record<string, object>;
  };
  expect(services).toEqual({
    worker: { security_opt: ['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined'] },
  });
});

const HADOLINT = spawnSync('hadolint', ['--version']).status === 0;

test.runIf(HADOLINT)('hadolint finds nothing', () => {
  expect(spawnSync('hadolint', [FILE], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' });
});
