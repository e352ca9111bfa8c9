/** `rookery config`: each setting, its value and origin. API keys are named, never shown. */

import { Option } from 'commander';
import { trustProjectFile } from '../../config/files.js';
import { KEY_VARIABLES, OVERRIDE_KEY } from '../../config/providers.js';
import { SEARCH_KEY_VARIABLES } from '../../config/web-settings.js';
import { visible } from '../../domain/visible.js';
import { EXIT, type ExitCode } from '../exit.js';
import { outputOf } from '../output.js';
import { type GlobalOptions, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { MCP_OPTION, TASK_OPTIONS, TOOLS_OPTION } from '../task-options.js';

export const spec: VerbSpec = {
  words: '',
  help: 'Shows each setting, its value and origin. API keys are named and not shown.',
  options: [
    new Option('--trust', 'trust the rookery.toml of this directory'),
    ...TASK_OPTIONS.filter(({ long }) => long !== '--file'),
    TOOLS_OPTION,
    MCP_OPTION,
  ],
  examples: ['rookery config', 'rookery config --trust'],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  if (options.trust === true) return trust(options);
  const session = await openSession(options, { checkWorkdir: false });
  const settings = [...ordinary(session), ...keys(session), temporal(session)];
  const ignored = session.ignored.map((one) => ({ ...one, origin: 'project file', why: 'not trusted' }));
  if (session.out.json) session.out.value({ settings, ignored });
  else {
    for (const { name, value, origin } of settings) session.out.line(row(name, value, origin));
    for (const { name, value, origin, why } of ignored)
      session.out.line(row(name, value, `${origin}, ${why}: ignored`));
  }
  return EXIT.done;
}

/** Reports which settings take effect from now on. */
async function trust(options: GlobalOptions): Promise<ExitCode> {
  const session = await openSession({ ...options, quiet: true }, { checkWorkdir: false });
  const path = await trustProjectFile(process.cwd(), session.places.config);
  const out = outputOf(options);
  for (const { name, value } of session.ignored) out.info(`from now on: ${name} = ${JSON.stringify(value)}`);
  if (out.json) out.value({ trusted: path });
  else out.line(`trusted: ${path}`);
  return EXIT.done;
}

function row(name: string, value: unknown, origin: string): string {
  return visible(`${name.padEnd(20)} ${textOf(value)}  (${origin})`);
}

function textOf(value: unknown): string {
  // A line break in a value must not look like another row.
  if (typeof value === 'string') return /[\p{C}\p{Zl}\p{Zp}]/u.test(value) ? JSON.stringify(value) : value;
  if (typeof value !== 'object' || value === null) return String(value ?? '-');
  return Array.isArray(value) && value.length === 0 ? '-' : JSON.stringify(value);
}

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly origin: string;
}

function ordinary({ settings }: Session): Row[] {
  return Object.entries(settings).map(([name, { value, origin }]) => ({ name, value: value ?? null, origin }));
}

function keys({ env }: Session): Row[] {
  return [...Object.values(KEY_VARIABLES), OVERRIDE_KEY, ...Object.values(SEARCH_KEY_VARIABLES)].map((name) => ({
    name,
    value: env[name] ? 'set' : null,
    origin: env[name] ? 'environment' : 'default',
  }));
}

function temporal({ temporal: choice }: Session): Row {
  if (choice.kind === 'embedded') return { name: 'temporal', value: 'embedded', origin: 'default' };
  return { name: 'temporal', value: `${choice.address} (${choice.namespace})`, origin: choice.named };
}
