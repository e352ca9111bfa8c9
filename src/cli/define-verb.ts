/** Makes a command of a verb: its words and options, those of every verb, help and examples. */
import { type Command, Option } from 'commander';
import type { VerbSpec } from './session.js';

export function defineVerb(command: Command, { words, help, options = [], examples }: VerbSpec): Command {
  if (words !== '') command.arguments(words);
  command.description(help);
  for (const option of options) command.addOption(option);
  if (!options.some(({ long }) => long === '--workspace'))
    command.addOption(new Option('--workspace <dir>').hideHelp());
  return command
    .option('--workdir <dir>', 'directory of tasks, server data and logs')
    .option('--json', 'results as JSON on stdout')
    .option('-q, --quiet', 'no messages on stderr')
    .option('--debug', 'stack traces')
    .option('--no-color', 'no control characters')
    .option('--no-start', 'start no server and no worker')
    .option('--local', 'use the embedded server; ignore TEMPORAL_*')
    .option('--task-queue <name>', 'task queue of new tasks and of the worker (rookery)')
    .option('--codec <codec>', 'encryption of what Temporal stores: aes:KEYFILE, or a module with a payload codec')
    .addHelpText('after', ['', 'Examples:', ...examples.map((line) => `  ${line}`)].join('\n'));
}
