/** `rookery mirror verify | rebuild`: compares the files with Temporal, or writes them again from it. */

import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { visible } from '../../domain/visible.js';
import { connectManager } from '../connect.js';
import { EXIT, type ExitCode } from '../exit.js';
import { isUnused, openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<action> [ids...]',
  help:
    'verify: compares the task files with Temporal.\n' +
    'rebuild: writes them again from Temporal.\n' +
    'Without ids: all tasks. Those whose files are on another host are named and left alone.',
  options: [new Option('--all-hosts', 'compare and write here the files of other hosts too')],
  examples: ['rookery mirror verify', 'rookery mirror rebuild 3f2a91c4'],
  run,
};

async function run([action = '', ...given]: string[], options: VerbOptions): Promise<ExitCode> {
  if (action !== 'verify' && action !== 'rebuild') {
    throw new RookeryError('usage', `mirror takes verify or rebuild, not '${action}'`);
  }
  const session = await openSession(options);
  const { out } = session;
  if (isUnused(session)) {
    if (out.json) out.value({ results: [] });
    return EXIT.done;
  }
  const { manager } = await connectManager(session);
  const ids = await Promise.all(given.map((id) => manager.resolveId(id)));
  const which = { allHosts: options.allHosts === true };
  const verb = action === 'verify' ? manager.verifyMirror : manager.rebuildMirror;
  const results = await verb.call(manager, ids, which);
  if (out.json) out.value({ results });
  for (const { id, message, differences } of out.json ? [] : results) {
    out.line(visible(`${id}  ${[message, ...differences].join('; ')}`));
  }
  return results.some(({ ok, differences }) => !ok && differences.length > 0) ? EXIT.failed : EXIT.done;
}
