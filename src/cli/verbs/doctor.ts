/** `rookery doctor`: checks everything; with --fix it starts and registers what is missing. */
import { Option } from 'commander';
import { visible } from '../../domain/visible.js';
import { allChecks } from '../checks.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { modelChecks } from '../model-check.js';
import { repairDatabase } from '../repair-database.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '',
  help: 'Checks Node, work directory, keys, sandbox, database, server and worker, and prints how to fix each problem.',
  options: [
    new Option(
      '--fix',
      'start the server and the worker, register missing search attributes, and replace a damaged database',
    ),
    new Option('--models', 'ask each provider with a key, and the local Ollama, for its models'),
  ],
  examples: ['rookery doctor', 'rookery doctor --fix', 'rookery doctor --models'],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options, { checkWorkdir: false });
  const { out } = session;
  const applyFixes = options.fix === true;
  const repaired = applyFixes ? await repairDatabase(session) : [];
  // The check of what could not be started reports it.
  if (applyFixes) await connectManager(session).catch(() => undefined);
  const checks = [
    ...(await allChecks(session, { applyFixes, repaired })),
    ...(await modelChecks(session, options.models === true)),
  ];
  const ok = checks.every((check) => check.ok);
  if (out.json) out.value({ ok, checks });
  else {
    for (const { name, ok: passed, message, fix } of checks) {
      out.line(visible(`${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(18)} ${message}${fix ? `  -> ${fix}` : ''}`));
    }
  }
  return ok ? EXIT.done : EXIT.environment;
}
