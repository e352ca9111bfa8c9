/** `rookery raise`: gives a task that runs, or waits at a limit, more of what it may use. */
import { Option } from 'commander';
import { parseCount, parseDollars, parseDuration } from '../../config/duration.js';
import type { RaisedLimits } from '../../domain/control.js';
import { RookeryError } from '../../domain/errors.js';
import { connectToContinue } from '../control-connection.js';
import type { ExitCode } from '../exit.js';
import { forEachId, printResults } from '../results.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';

export const spec: VerbSpec = {
  words: '<id>',
  help: 'Raises limits of a task to new values, for the whole task. A task that waits at one of them continues where it stopped.',
  options: [
    new Option('--max-iterations <n>', 'accepted replies'),
    new Option('--max-total-tokens <n>', 'input and output tokens'),
    new Option('--max-cost <usd>', 'cost in US dollars, as far as it is known'),
    new Option('--max-time <duration>', 'time since the start of the task'),
  ],
  examples: ['rookery raise 3f2a91c4 --max-iterations 100', 'rookery raise 3f2a91c4 --max-cost 5 --max-time 2h'],
  run,
};

async function run([given = '']: string[], options: VerbOptions): Promise<ExitCode> {
  const limits = limitsIn(options);
  if (Object.keys(limits).length === 0) {
    throw new RookeryError('usage', 'raise needs a limit', {
      hint: 'Give --max-iterations, --max-total-tokens, --max-cost or --max-time',
    });
  }
  const session = await openSession(options);
  const manager = await connectToContinue(session);
  return printResults(session.out, await forEachId(manager, [given], (id) => manager.raise(id, limits)));
}

// ---

function limitsIn({ maxIterations, maxTotalTokens, maxCost, maxTime }: VerbOptions): RaisedLimits {
  return {
    ...(maxIterations === undefined ? {} : { max_iterations: parseCount(maxIterations, '--max-iterations') }),
    ...(maxTotalTokens === undefined ? {} : { max_total_tokens: parseCount(maxTotalTokens, '--max-total-tokens') }),
    ...(maxCost === undefined ? {} : { max_cost_usd: parseDollars(maxCost, '--max-cost') }),
    ...(maxTime === undefined ? {} : { max_time_ms: parseDuration(maxTime, '--max-time') }),
  };
}
