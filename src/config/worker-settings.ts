/**
 * `[worker]` of a settings file: how much a worker does at a time, where it reports, and which build it is. Each key comes
 * from the first source that has it; its flag and its variable have the same name.
 */
import { isIP } from 'node:net';
import { RookeryError } from '../domain/errors.js';
import { parseCount } from './duration.js';
import type { ConfigFile } from './files.js';
import { isPlainUrl, OTLP_ENDPOINT } from './otlp.js';
import { firstGiven, mapSetting, type Setting } from './setting-origin.js';

/** As the command line gives them. */
export interface WorkerFlags {
  readonly maxActivities?: string;
  readonly maxWorkflowTasks?: string;
  readonly maxCachedWorkflows?: string;
  readonly tuner?: string;
  readonly targetCpu?: string;
  readonly targetMemory?: string;
  readonly metrics?: string;
  readonly otlp?: string;
  readonly health?: string;
  readonly deploymentName?: string;
  readonly buildId?: string;
}

export interface WorkerSettings {
  /** Of each of its two task queues. Absent: the SDK's default. */
  readonly max_activities: Setting<number | undefined>;
  readonly max_workflow_tasks: Setting<number | undefined>;
  readonly max_cached_workflows: Setting<number | undefined>;
  /** `resource`: takes more work while processor and memory are below their targets. */
  readonly tuner: Setting<'fixed' | 'resource'>;
  /** Percent. */
  readonly target_cpu: Setting<number>;
  readonly target_memory: Setting<number>;
  /** `HOST:PORT`, where Prometheus reads the metrics. */
  readonly metrics: Setting<string | undefined>;
  /** Base URL of an OpenTelemetry collector. */
  readonly otlp: Setting<string | undefined>;
  /** `HOST:PORT` of `/live` and `/ready`. */
  readonly health: Setting<string | undefined>;
  /** Worker Versioning; both or neither. */
  readonly deployment_name: Setting<string | undefined>;
  readonly build_id: Setting<string | undefined>;
}

interface WorkerSources {
  readonly flags: WorkerFlags;
  readonly env: NodeJS.ProcessEnv;
  readonly project: ConfigFile | undefined;
  readonly user: ConfigFile | undefined;
}

export function workerSettings(sources: WorkerSources): WorkerSettings {
  const given = (name: Name) => textOf(name, sources);
  const settings: WorkerSettings = {
    max_activities: mapSetting(given('max_activities'), countFrom('max_activities', 1)),
    // The SDK keeps workflows in memory only with two.
    max_workflow_tasks: mapSetting(given('max_workflow_tasks'), countFrom('max_workflow_tasks', 2)),
    max_cached_workflows: mapSetting(given('max_cached_workflows'), countFrom('max_cached_workflows', 1)),
    tuner: mapSetting(given('tuner'), checkTuner),
    target_cpu: mapSetting(given('target_cpu'), percent('target_cpu')),
    target_memory: mapSetting(given('target_memory'), percent('target_memory')),
    metrics: mapSetting(given('metrics'), listener('metrics')),
    otlp: collector(given('otlp')),
    health: mapSetting(given('health'), listener('health')),
    deployment_name: mapSetting(given('deployment_name'), versionName('deployment_name')),
    build_id: mapSetting(given('build_id'), versionName('build_id')),
  };
  checkTogether(settings);
  return settings;
}

/** What a worker in another process needs to be given: all but what it reads itself from the user's file. */
export function workerFlags(settings: WorkerSettings): Readonly<Record<string, string>> {
  const given = NAMES.flatMap((name): [string, string][] => {
    const { value, origin } = settings[name];
    return value === undefined || origin === 'default' || origin === 'user file' ? [] : [[flagOf(name), String(value)]];
  });
  return Object.fromEntries(given);
}

// ---

type Name = keyof WorkerSettings;

const NAMES = [
  ...([
    'max_activities',
    'max_workflow_tasks',
    'max_cached_workflows',
    'tuner',
    'target_cpu',
    'target_memory',
  ] as const),
  ...(['metrics', 'otlp', 'health', 'deployment_name', 'build_id'] as const),
] satisfies readonly Name[];

/** The SDK's examples have this target; it leaves room for what is not counted. */
const DEFAULT_TARGET = 80;
const MAX_NAME = 255;
const LOCAL = '127.0.0.1';

function textOf(name: Name, { flags, env, ...files }: WorkerSources): Setting<string | undefined> {
  const flag = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof WorkerFlags;
  const variable = name === 'otlp' ? OTLP_ENDPOINT : `ROOKERY_${name.toUpperCase()}`;
  const inFile = ({ settings }: ConfigFile) => asText(settings.worker?.[name]);
  return firstGiven({ key: `worker.${name}`, flag: flags[flag], env: env[variable], variable, inFile }, files);
}

function asText(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function flagOf(name: Name): string {
  return `--${name.replaceAll('_', '-')}`;
}

function wrong(name: Name, takes: string, given: string, hint?: string): RookeryError {
  return new RookeryError(
    'usage',
    `${flagOf(name)} takes ${takes}, not '${given}'`,
    hint === undefined ? {} : { hint },
  );
}

function countFrom(name: Name, least: number) {
  return (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const count = parseCount(text, flagOf(name));
    if (count < least) throw wrong(name, `a whole number of at least ${least}`, text);
    return count;
  };
}

function checkTuner(text = 'fixed'): 'fixed' | 'resource' {
  if (text === 'fixed' || text === 'resource') return text;
  throw wrong('tuner', 'fixed or resource', text);
}

function percent(name: Name) {
  return (text: string | undefined): number => {
    if (text === undefined) return DEFAULT_TARGET;
    const value = Number(/^(\d{1,3})\s*%?$/.exec(text.trim())?.[1] ?? 0);
    if (value >= 1 && value <= 100) return value;
    throw wrong(name, 'a whole number of percent from 1 to 100', text);
  };
}

/** A port alone is on this host only: what listens there has no password. */
function listener(name: Name) {
  return (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    const [, bracketed, plain = LOCAL, digits] = /^(?:\[([^\]]+)\]:|([^:]+):)?(\d{1,5})$/.exec(text.trim()) ?? [];
    const host = bracketed ?? (plain === 'localhost' ? LOCAL : plain);
    const port = Number(digits);
    if (isIP(host) !== 0 && port >= 1 && port <= 65_535)
      return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
    throw wrong(
      name,
      'a port, or an IP address and a port',
      text,
      'Write 9464, or 0.0.0.0:9464 for every network of this host',
    );
  };
}

/**
 * `rookery config` shows it, so it holds no secret. A variable of other programs too keeps no command from running: the
 * worker says what is wrong with it.
 */
function collector({ value, origin }: Setting<string | undefined>): Setting<string | undefined> {
  if (value === undefined || isPlainUrl(value)) return { value, origin };
  if (origin === 'environment') return { value: undefined, origin };
  throw new RookeryError('usage', '--otlp takes a plain http or https address without user name and query', {
    hint: 'Write http://127.0.0.1:4318; credentials go into OTEL_EXPORTER_OTLP_HEADERS',
  });
}

/** The server's own rules for the names of versions. */
function versionName(name: Name) {
  return (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    const separators = name === 'deployment_name' ? /[.:\s\p{C}]/u : /[:\s\p{C}]/u;
    if (text.length <= MAX_NAME && !text.startsWith('__') && !separators.test(text)) return text;
    const dots = name === 'deployment_name' ? 'dots, ' : '';
    throw wrong(name, `a name of at most ${MAX_NAME} characters without ${dots}colons and blanks`, text);
  };
}

function checkTogether({ tuner, target_cpu, target_memory, deployment_name, build_id }: WorkerSettings): void {
  const target = target_cpu.origin === 'default' ? target_memory : target_cpu;
  if (tuner.value !== 'resource' && target.origin !== 'default') {
    const name = target === target_cpu ? 'target_cpu' : 'target_memory';
    throw new RookeryError('usage', `${flagOf(name)} needs the resource tuner`, { hint: 'Add --tuner resource' });
  }
  if ((deployment_name.value === undefined) === (build_id.value === undefined)) return;
  const [given, missing] =
    deployment_name.value === undefined ? ['build_id', 'deployment_name'] : ['deployment_name', 'build_id'];
  throw new RookeryError('usage', `${flagOf(given as Name)} needs ${flagOf(missing as Name)}`, {
    hint: 'A version of a deployment is a name and a build',
  });
}
