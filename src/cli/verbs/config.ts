/** `rookery config`: each setting, its value and where it came from. Keys are named, never shown. */

import { trustProjectFile } from '../../config/files.js';
import { KEY_VARIABLES, OVERRIDE_KEY } from '../../config/providers.js';
import { SEARCH_KEY_VARIABLES } from '../../config/web-settings.js';
import { visible } from '../../domain/visible.js';
import { EXIT } from '../exit.js';
import { openSession, type Session } from '../session.js';
import type { Verb } from '../verb.js';

export const verb: Verb = async (_words, options) => {
  if (options.trust === true) {
    const session = await openSession({ ...options, quiet: true });
    session.out.line(`trusted: ${await trustProjectFile(process.cwd(), session.places.config)}`);
    return EXIT.done;
  }
  const session = await openSession(options);
  const settings = [...ordinary(session), ...keys(session), temporal(session)];
  if (session.out.json) session.out.value({ settings });
  else
    for (const { name, value, origin } of settings)
      session.out.line(visible(`${name.padEnd(20)} ${textOf(value)}  (${origin})`));
  return EXIT.done;
};

function textOf(value: unknown): string {
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
