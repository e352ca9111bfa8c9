/** `rookery policy`: lists the rules with their origins, tests a call against them, and removes remembered ones. */

import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { registriesOf } from '../../domain/registries.js';
import { visibleLine } from '../../domain/visible.js';
import { parseCallText } from '../../policy/call-text.js';
import { DEFAULTS } from '../../policy/defaults.js';
import { judge } from '../../policy/judge.js';
import { forgetRule, readRemembered } from '../../policy/remembered.js';
import { listOf, type OriginatedRule, type Rule } from '../../policy/rule.js';
import { createTools } from '../../tools/catalogue.js';
import { surroundingsOf } from '../../tools/surroundings.js';
import { EXIT, type ExitCode } from '../exit.js';
import { noSuchAction, openSession, type Session, type VerbOptions, type VerbSpec } from '../session.js';
import { TASK_OPTIONS } from '../task-options.js';

export const spec: VerbSpec = {
  words: '[action] [words...]',
  help:
    'list: shows the rules in order of evaluation.\n' +
    'check CALL: shows the decision for a call.\n' +
    'forget N: removes a rule that --always remembered.',
  options: [
    ...TASK_OPTIONS.filter(({ long }) => long === '--allow'),
    new Option('--tainted', 'as if the conversation held untrusted content and private data'),
    new Option('--sandboxed', 'as if a sandbox were available'),
    new Option('--no-sandboxed', 'as if no sandbox were available'),
  ],
  examples: ['rookery policy check "shell: git push"', 'rookery policy forget 1'],
  run,
};

async function run([action = 'list', ...words]: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  if (action === 'list' && words.length === 0) list(session);
  else if (action === 'check' && words.length > 0) await check(session, words.join(' '), options);
  else if (action === 'forget' && words.length === 1) await forget(session, words[0] ?? '');
  else
    throw noSuchAction(
      'policy',
      [action, ...words],
      'Write `policy list`, `policy check "shell: git push"` or `policy forget 1`',
    );
  return EXIT.done;
}

/** Whether a worker on this host would have a sandbox. */
async function hasSandbox({ settings, paths }: Session): Promise<boolean> {
  const { sandboxFor } = await import('../../sandbox/detect.js');
  return (await sandboxFor(paths, settings.security.value.sandbox)).kind === 'available';
}

function rulesOf({ settings, paths }: Session): OriginatedRule[] {
  return [...settings.policy.value, ...readRemembered(paths.policy)];
}

function list(session: Session): void {
  const { out } = session;
  const rules = rulesOf(session);
  const defaults = DEFAULTS.map(({ do: verdict, what }) => ({ do: verdict, what, origin: 'default' }));
  if (out.json) out.value({ rules: [...rules, ...defaults] });
  else {
    for (const rule of rules) out.line(`${rule.do.padEnd(6)}  ${conditionsOf(rule)}  (${rule.origin})`);
    for (const { do: verdict, what, origin } of defaults) out.line(`${verdict.padEnd(6)}  ${what}  (${origin})`);
  }
}

function conditionsOf(rule: Rule): string {
  const named = (['tool', 'effect', 'path', 'host', 'command', 'network', 'arguments'] as const).flatMap((name) => {
    const values = listOf<string>(rule[name]);
    return values.length === 0 ? [] : [`${name} ${values.map((value) => `\`${visibleLine(value)}\``).join(' or ')}`];
  });
  return named.join(', ') || 'every call';
}

async function check(session: Session, text: string, options: VerbOptions): Promise<void> {
  const { out, settings, paths } = session;
  const { verdict, reason, rule } = judge(
    { rules: rulesOf(session) },
    {
      ...parseCallText(text, await createTools({ env: session.env })),
      authority: { allow: settings.allow.value, signed: true, yes: false },
      labels: options.tainted === true ? ['private', 'untrusted'] : [],
      workspace: settings.workspace.value,
      own: [paths.workdir, session.places.config],
      surroundings: surroundingsOf(settings.workspace.value, session.env),
      registries: registriesOf(session.env),
      sandboxed: typeof options.sandboxed === 'boolean' ? options.sandboxed : await hasSandbox(session),
    },
  );
  if (out.json) out.value({ verdict, reason, rule });
  else out.line(visibleLine(`${verdict}: ${reason} (${rule})`));
}

async function forget({ out, paths }: Session, text: string): Promise<void> {
  if (!/^\d{1,6}$/.test(text))
    throw new RookeryError('usage', `'policy forget' takes the number of a rule, not '${text}'`);
  const rule = await forgetRule(paths.policy, Number(text));
  if (out.json) out.value({ rules: [{ ...rule, origin: `remembered rule ${text}` }] });
  else out.line(`forgotten: ${rule.do}  ${conditionsOf(rule)}`);
}
