/** `rookery apply`: takes what a task has changed in its worktree over into the workspace. */
import { Option } from 'commander';
import { connectReader } from '../connect.js';
import type { ExitCode } from '../exit.js';
import { printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Applies what a task has changed in its worktree to your workspace, three-way and uncommitted. With a conflict nothing is changed.',
  options: [new Option('--running', 'also while the task runs: what it has changed so far')],
  examples: ['rookery apply 3f2a91c4', 'rookery apply 3f2a91c4 --running'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const session = await openSession(options);
  const { manager } = await connectReader(session);
  const id = await manager.resolveId(given);
  return printResults(session.out, [await manager.apply(id, { running: options.running === true })]);
}
