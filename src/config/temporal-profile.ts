/**
 * Reads how to reach a Temporal server from `TEMPORAL_*` variables and a profile of `temporal.toml`, by the rules of
 * Temporal's own clients. Written here because the package that does it depends on one exact version of the SDK, and
 * would bring a second copy of that into a project with another version.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse } from 'smol-toml';
import { codeOf } from '../files/errors.js';

export interface TemporalProfile {
  readonly address: string | undefined;
  readonly namespace: string | undefined;
  readonly connection: ProfileConnection;
}

/** A part of the SDK's connection options. */
export interface ProfileConnection {
  readonly address?: string;
  readonly apiKey?: string;
  readonly tls?: boolean | ProfileTls;
  readonly metadata?: Record<string, string>;
}

export interface ProfileTls {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Uint8Array;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
}

/** Throws for a file that cannot be read, and for a named profile that does not exist. */
export function readTemporalProfile(env: NodeJS.ProcessEnv): TemporalProfile {
  const file = profileIn(env);
  const address = env.TEMPORAL_ADDRESS ?? textIn(file.address);
  const apiKey = env.TEMPORAL_API_KEY ?? textIn(file.api_key);
  const tls = tlsOf({ ...tableIn(file.tls), ...tlsVariables(env) }) ?? (apiKey === undefined ? undefined : true);
  const metadata = metadataOf(tableIn(file.grpc_meta), env);
  const connection = { address, apiKey, tls, metadata };
  return {
    address,
    namespace: env.TEMPORAL_NAMESPACE ?? textIn(file.namespace),
    connection: Object.fromEntries(Object.entries(connection).filter(([, value]) => value !== undefined)),
  };
}

// ---

type Table = Readonly<Record<string, unknown>>;

function profileIn(env: NodeJS.ProcessEnv): Table {
  const name = env.TEMPORAL_PROFILE;
  const profile = tableIn(tableIn(fileOf(env).profile)[name ?? 'default']);
  if (name && Object.keys(profile).length === 0) throw new Error(`Profile '${name}' not found in config data`);
  return profile;
}

function fileOf(env: NodeJS.ProcessEnv): Table {
  const directory = configDirectory(env);
  const path = env.TEMPORAL_CONFIG_FILE ?? (directory && join(directory, 'temporalio', 'temporal.toml'));
  if (path === undefined) return {};
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw error;
  }
}

function configDirectory({ APPDATA, HOME, XDG_CONFIG_HOME }: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'win32') return APPDATA || undefined;
  if (process.platform === 'darwin') return HOME ? join(HOME, 'Library', 'Application Support') : undefined;
  if (XDG_CONFIG_HOME) return isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : undefined;
  return HOME ? join(HOME, '.config') : undefined;
}

const TLS_KEYS = [
  ...['client_cert_path', 'client_cert_data', 'client_key_path', 'client_key_data'],
  ...['server_ca_cert_path', 'server_ca_cert_data', 'server_name'],
];

function tlsVariables(env: NodeJS.ProcessEnv): Table {
  const given = TLS_KEYS.map((key) => [key, env[`TEMPORAL_TLS_${key.toUpperCase()}`]] as const);
  const disabled = env.TEMPORAL_TLS === undefined ? undefined : !['1', 'true'].includes(env.TEMPORAL_TLS);
  return Object.fromEntries([...given, ['disabled', disabled] as const].filter(([, value]) => value !== undefined));
}

function tlsOf(table: Table): boolean | ProfileTls | undefined {
  if (Object.keys(table).length === 0) return undefined;
  if (table.disabled === true) return false;
  const serverName = textIn(table.server_name);
  const [authority, crt, key] = ['server_ca_cert', 'client_cert', 'client_key'].map((name) => bytesOf(table, name));
  if ((crt === undefined) !== (key === undefined))
    throw new Error('A client certificate needs its key, and a key its certificate');
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(authority ? { serverRootCACertificate: authority } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
  };
}

function bytesOf(table: Table, name: string): Uint8Array | undefined {
  const [path, data] = [textIn(table[`${name}_path`]), textIn(table[`${name}_data`])];
  if (path !== undefined && data !== undefined) throw new Error(`Cannot specify both ${name}_path and ${name}_data`);
  if (data !== undefined) return Buffer.from(data);
  return path === undefined ? undefined : readFileSync(path);
}

/** An empty variable removes the header. */
function metadataOf(table: Table, env: NodeJS.ProcessEnv): Record<string, string> | undefined {
  const variables = Object.entries(env).filter(([name]) => name.startsWith(META_PREFIX));
  const given = [
    ...Object.entries(table),
    ...variables.map(([name, value]) => [name.slice(META_PREFIX.length), value]),
  ];
  const headers = new Map(given.map(([name, value]) => [headerName(String(name)), value ? String(value) : '']));
  const set = [...headers].filter(([, value]) => value !== '');
  return set.length === 0 ? undefined : Object.fromEntries(set);
}

const META_PREFIX = 'TEMPORAL_GRPC_META_';

function headerName(key: string): string {
  return key.toLowerCase().replaceAll('_', '-');
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function tableIn(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}
