#!/usr/bin/env node
/** The `rookery` command: builds it from its verbs, and turns errors into exit codes. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { RookeryError } from '../domain/errors.js';
import { fileProblem } from '../files/errors.js';
import { flushSpans } from '../tracing/api.js';
import { defineVerb } from './define-verb.js';
import { EXIT, type ExitCode, exitOfError } from './exit.js';
import { outputOf } from './output.js';
import { wayToResult } from './task-at-hand.js';
import { VERBS } from './verbs.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const VERSION = version;
/** For spans, where a module that Node preloads has registered a tracer provider. */
const FLUSH_MS = 2_000;

/** The program with the list of verbs. Only the file of the given verb is loaded. */
async function build(argv: readonly string[], finish: (code: ExitCode) => void): Promise<Command> {
  const program = new Command('rookery')
    .description('Runs LLM agent tasks durably in the background.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const [first, second] = argv.filter((word) => !word.startsWith('-'));
  const chosen = first === 'help' ? second : first;
  if (first === 'help' && chosen !== undefined && chosen !== 'help' && !Object.hasOwn(VERBS, chosen))
    throw new CommanderError(EXIT.usage, 'commander.unknownCommand', `error: unknown command '${chosen}'`);
  for (const [name, { summary, load }] of Object.entries(VERBS)) {
    const command = program.command(name).summary(summary);
    if (name !== chosen) continue;
    const { spec } = await load();
    defineVerb(command, spec).action(async (...args: unknown[]) => {
      const values = args.slice(0, -2).flat();
      const given = values.filter((word) => word !== undefined) as string[];
      finish(await spec.run(given, { ...command.opts(), literal: argv.includes('--') }));
    });
  }
  return program;
}

/** A closed stdout is not an error; with stderr closed, results are still written. */
process.stdout.on('error', leaveWithoutOutput);
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const finish = (end: ExitCode): void => {
    code = end;
  };
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const out = outputOf({ json: flags.includes('--json'), debug: flags.includes('--debug') });
  try {
    const program = await build(argv, finish);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, out);
    const plain = error instanceof RookeryError ? error : (await import('../server/connect.js')).inPlainWords(error);
    out.error(plain);
    return exitOfError(plain);
  }
  return code;
}

function usage(error: CommanderError, out: ReturnType<typeof outputOf>): ExitCode {
  if (error.exitCode === 0) return EXIT.done;
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace(/^./, (first) => first.toUpperCase());
  out.error(new RookeryError('usage', message, { hint: 'See `rookery --help`, or `rookery VERB --help`' }));
  return EXIT.usage;
}

/** Results that cannot be written are no results. Tasks are not touched by it. */
function leaveWithoutOutput(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  process.stderr.write(
    `The result cannot be written to stdout: ${fileProblem(error)}. Nothing is lost: ${wayToResult()}.\n`,
  );
  process.exit(EXIT.environment);
}

// Sockets and timers of libraries must not keep a finished command alive; written output is flushed first.
const code = await main(process.argv.slice(2));
await flushSpans(FLUSH_MS);
process.exitCode = code;
process.stdout.write('', (error) => {
  // Of a stream that ended with an error, only its last callback may tell.
  const problem = error && (process.stdout.errored ?? error);
  if (problem) leaveWithoutOutput(problem);
  process.stderr.write('', () => process.exit(code));
});
