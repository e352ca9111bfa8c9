/** Pages on servers, workers and hosts: cluster.md, hosts.md, observability.md, operations.md, temporal-cloud.md, upgrades.md. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { hostName } from '../../../src/mirror/host-name.js';
import { openBenchBeside } from '../../cli/support.js';
import { makeAuthority } from '../../support/certificates.js';
import { startTlsFront } from '../../support/tls-front.js';
import { until } from '../../support/until.js';
import type { Place, Scene } from '../scene.js';
import { DONE, freePort, modelFor, needsPerson, otherBench } from './stages.js';

const READY = /"msg":"worker ready|worker ready/;

export const OPERATING: readonly Scene[] = [
  {
    page: 'docs/cluster.md',
    block: 'temporal operator namespace create',
    needs: ['openssl'],
    async stage(place) {
      const bench = await place.bench();
      const agents = await place.shared('agents', async () => `agents-${randomBytes(4).toString('hex')}`);
      const words = { 'namespace agents': `namespace ${agents}`, '/etc/rookery': etcOf(place) };
      return { bench, words };
    },
  },
  {
    page: 'docs/cluster.md',
    block: 'export TEMPORAL_ADDRESS=temporal.internal',
    needs: ['openssl'],
    async stage(place) {
      const bench = await otherBench(place);
      const agents = await place.shared('agents', async () => bench.env.TEMPORAL_NAMESPACE ?? '');
      const { authority, address } = await tlsFront(place, 'DNS:temporal.internal');
      const client = authority.issue('DNS:client');
      const etc = etcOf(place);
      copyFileSync(authority.certPath, join(etc, 'ca.pem'));
      copyFileSync(client.certPath, join(etc, 'client.pem'));
      copyFileSync(client.keyPath, join(etc, 'client.key'));
      copyFileSync('test/support/encrypting-codec.mjs', join(etc, 'codec.mjs'));
      const words = {
        ...{ 'temporal.internal:7233': address, '=agents': `=${agents}`, '/etc/rookery': etc },
        ...{ '/var/lib/rookery': bench.paths.workdir, '/srv/project': bench.workspace },
      };
      return { bench, words, serving: { 'rookery worker': READY } };
    },
  },
  {
    page: 'docs/hosts.md',
    block: 'rookery move 3f2a91c4 --to here',
    async stage(place) {
      const here = await otherBench(place);
      const there = await openBenchBeside(here);
      place.later(() => there.close());
      const id = await there.submit(there.model(() => ({ status: 401 })));
      await needsPerson(there, id);
      expect(await here.run(['up', '-d'])).toMatchObject({ code: 0 });
      const words = { '3f2a91c4': id, 'rookery@5b1c09de': await hostName(here.paths) };
      return { bench: here, words, codes: { 'rookery move 3f2a91c4 --to here': 2 } };
    },
  },
  {
    page: 'docs/observability.md',
    block: 'npm install -g @opentelemetry',
    notHere: { 'npm install': 'registry' },
    needs: ['npm'],
    async stage(place) {
      const bench = await otherBench(place);
      const prefix = join(place.directory, 'prefix');
      const source = join(prefix, 'lib/node_modules/@opentelemetry/auto-instrumentations-node/build/src');
      mkdirSync(source, { recursive: true });
      writeFileSync(join(source, 'register.js'), "console.error('OpenTelemetry is loaded');\n");
      return {
        bench,
        env: { npm_config_prefix: prefix },
        serving: { 'rookery worker': READY },
        after: (outputs) => expect(outputs.at(-1)).toContain('OpenTelemetry is loaded'),
      };
    },
  },
  {
    page: 'docs/operations.md',
    block: 'rookery worker --max-activities 40',
    async stage(place) {
      const bench = await otherBench(place);
      const [metrics, health] = [await freePort(), await freePort()];
      const answers = async (path: string) => (await fetch(`http://127.0.0.1:${path}`)).status === 200;
      return {
        bench,
        words: { 9464: String(metrics), 8081: String(health) },
        serving: { 'rookery worker': READY },
        after: async () => {
          await until(() => answers(`${health}/ready`), { what: 'the worker is ready' });
          expect(await answers(`${metrics}/metrics`)).toBe(true);
        },
      };
    },
  },
  {
    page: 'docs/operations.md',
    block: 'docker build',
    notHere: { 'docker build': 'docker', 'docker compose': 'docker' },
  },
  {
    page: 'docs/operations.md',
    block: "jq '.syscalls",
    needs: ['jq'],
    async stage(place) {
      const bench = await place.bench();
      writeFileSync(join(bench.workspace, 'default.json'), '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": []}\n');
      return { bench };
    },
  },
  {
    page: 'docs/operations.md',
    block: 'kubectl create namespace',
    notHere: { kubectl: 'kubernetes' },
  },
  {
    page: 'docs/temporal-cloud.md',
    block: 'tcld namespace search-attributes',
    notHere: { tcld: 'cloud' },
  },
  {
    page: 'docs/temporal-cloud.md',
    block: 'export TEMPORAL_ADDRESS=REGION',
    needs: ['openssl'],
    async stage(place) {
      const bench = await otherBench(place);
      const { authority, address } = await tlsFront(place, 'IP:127.0.0.1', 'key-of-the-page');
      const words = {
        'REGION.PROVIDER.api.temporal.io:7233': address,
        'NAME.ACCOUNT': bench.env.TEMPORAL_NAMESPACE ?? '',
        'API_KEY=...': 'API_KEY=key-of-the-page',
      };
      const env = { ...modelFor(bench, () => DONE), TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certPath };
      const failing = (printed = '') => [...printed.matchAll(/^FAIL +(\w+)/gm)].map(([, name]) => name);
      return {
        ...{ bench, words, env, codes: { 'rookery doctor': 6 }, serving: { 'rookery worker': READY } },
        // The namespace keeps what is closed for a day only.
        after: (outputs) => expect(failing(outputs[3])).toEqual(['retention', 'worker']),
      };
    },
  },
  {
    page: 'docs/temporal-cloud.md',
    block: 'export TEMPORAL_ADDRESS=NAME.ACCOUNT',
    needs: ['openssl'],
    async stage(place) {
      const bench = await otherBench(place);
      const { authority, address } = await tlsFront(place, 'IP:127.0.0.1');
      const { certPath, keyPath } = authority.issue('DNS:client');
      const words = {
        'NAME.ACCOUNT.tmprl.cloud:7233': address,
        'NAME.ACCOUNT': bench.env.TEMPORAL_NAMESPACE ?? '',
        '/etc/rookery/client.pem': certPath,
        '/etc/rookery/client.key': keyPath,
      };
      const env = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certPath };
      return { bench, words, env, check: ['rookery list'] };
    },
  },
  {
    page: 'docs/upgrades.md',
    block: 'rookery down',
    notHere: { 'npm install': 'registry' },
    async stage(place) {
      const bench = await place.bench();
      expect(await bench.run(['up', '-d'])).toMatchObject({ code: 0 });
      return { bench };
    },
  },
  {
    page: 'docs/upgrades.md',
    block: 'temporal workflow update-options',
    async stage(place) {
      const bench = await place.bench();
      const id = await bench.submit(bench.model(() => ({ status: 401 })));
      await needsPerson(bench, id);
      return { bench, input: 'y\n', after: ([printed]) => expect(printed).toContain('approximately 1 workflow') };
    },
  },
];

// ---

function etcOf({ directory }: Place): string {
  const etc = join(directory, 'etc');
  mkdirSync(etc, { recursive: true });
  return etc;
}

/** Without an API key it demands a client certificate. */
async function tlsFront(place: Place, names: string, apiKey?: string) {
  const authority = makeAuthority();
  const certificate = authority.issue(names);
  const demand = apiKey === undefined ? { clientAuthority: authority.cert } : { apiKey };
  const front = await startTlsFront({ behind: inject('temporal').address, certificate, ...demand });
  place.later(() => front.close());
  return { authority, address: front.address };
}
