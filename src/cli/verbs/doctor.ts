/** `rookery doctor`: checks everything; with --fix it starts and registers what is missing. */
import { visible } from '../../domain/visible.js';
import { allChecks } from '../checks.js';
import { connectManager } from '../connect.js';
import { EXIT } from '../exit.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async (_words, options) => {
  const session = await openSession(options, { checkWorkdir: false });
  const { out } = session;
  const mend = options.fix === true;
  // What cannot be started is told by its check.
  if (mend) await connectManager(session).catch(() => undefined);
  const checks = await allChecks(session, mend);
  const ok = checks.every((check) => check.ok);
  if (out.json) out.value({ ok, checks });
  else {
    for (const { name, ok: fine, message, fix } of checks) {
      out.line(visible(`${fine ? 'ok  ' : 'FAIL'} ${name.padEnd(18)} ${message}${fix ? `  -> ${fix}` : ''}`));
    }
  }
  return ok ? EXIT.done : EXIT.environment;
};
