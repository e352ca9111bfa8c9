/** How a Temporal server is named by variables and profiles, as Temporal's own clients read them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTemporalProfile } from '../../src/config/temporal-profile.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rookery-profile-'));
  mkdirSync(join(directory, 'temporalio'));
  writeFileSync(
    join(directory, 'temporalio', 'temporal.toml'),
    `[profile.default]
address = "one:7233"
namespace = "team"
[profile.default.grpc_meta]
X_Team = "a"
[profile.cloud]
address = "cloud:7233"
api_key = "key"
[profile.cloud.tls]
server_name = "name"
server_ca_cert_data = "CA"
client_cert_data = "CERT"
client_key_data = "KEY"
[profile.both.tls]
client_cert_data = "CERT"
client_cert_path = "/cert"
[profile.off]
api_key = "key"
[profile.off.tls]
disabled = true
`,
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

// On macOS and Windows the user's directory has other variables.
const read = (env: NodeJS.ProcessEnv) =>
  readTemporalProfile({ TEMPORAL_CONFIG_FILE: join(directory, 'temporalio', 'temporal.toml'), ...env });

test('without variables and file nothing is set', () => {
  const nothing = { address: undefined, namespace: undefined, connection: {} };
  expect(readTemporalProfile({})).toEqual(nothing);
  expect(readTemporalProfile({ TEMPORAL_CONFIG_FILE: join(directory, 'none') })).toEqual(nothing);
});

test('the default profile counts, and a variable goes before it', () => {
  const connection = { address: 'one:7233', metadata: { 'x-team': 'a' } };
  expect(read({})).toEqual({ address: 'one:7233', namespace: 'team', connection });
  expect(read({ TEMPORAL_ADDRESS: 'two:7233', TEMPORAL_GRPC_META_X_TEAM: '', TEMPORAL_GRPC_META_B: 'b' })).toEqual({
    ...{ address: 'two:7233', namespace: 'team' },
    connection: { address: 'two:7233', metadata: { b: 'b' } },
  });
});

test('a profile sets TLS with its certificates; an API key alone turns TLS on, and a switch turns it off', () => {
  const tls = {
    serverNameOverride: 'name',
    serverRootCACertificate: Buffer.from('CA'),
    clientCertPair: { crt: Buffer.from('CERT'), key: Buffer.from('KEY') },
  };
  expect(read({ TEMPORAL_PROFILE: 'cloud' }).connection).toEqual({ address: 'cloud:7233', apiKey: 'key', tls });
  expect(readTemporalProfile({ TEMPORAL_API_KEY: 'key' }).connection).toEqual({ apiKey: 'key', tls: true });
  expect(readTemporalProfile({ TEMPORAL_TLS: 'true' }).connection).toEqual({ tls: {} });
  expect(read({ TEMPORAL_PROFILE: 'off' }).connection).toEqual({ apiKey: 'key', tls: false });
});

test('a profile that does not exist, a certificate given twice and a missing file are errors', () => {
  expect(() => read({ TEMPORAL_PROFILE: 'none' })).toThrow("Profile 'none' not found");
  expect(() => read({ TEMPORAL_PROFILE: 'both' })).toThrow('Cannot specify both client_cert_path and client_cert_data');
  expect(() => readTemporalProfile({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(directory, 'none') })).toThrow('ENOENT');
});
