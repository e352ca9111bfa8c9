/** Every `rookery` command that a page, an example or a workflow file shows is one that the command takes: verb, options, words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { defineVerb } from '../../src/cli/define-verb.js';
import { VERBS } from '../../src/cli/verbs.js';

const PAGES = ['.', 'docs', 'examples', 'deploy']
  .flatMap((directory) =>
    readdirSync(directory, { recursive: directory !== '.', encoding: 'utf8' }).map((name) => join(directory, name)),
  )
  .filter((name) => name.endsWith('.md') && !name.includes('node_modules') && name !== 'CHANGELOG.md')
  .sort();
const SPECS = new Map(
  await Promise.all(Object.entries(VERBS).map(async ([name, { load }]) => [name, (await load()).spec] as const)),
);

interface Shown {
  readonly page: string;
  readonly line: string;
}

/** The rest of the line behind a prompt, variables and npx, where that begins with `rookery`. */
function commandIn(code: string): string[] {
  const command = /^(?:\$ |npx (?:--no-install )?|[A-Z_]+=\S+ )*(rookery(?: .*)?)$/.exec(code.trim())?.[1];
  return command === undefined ? [] : [command];
}

const lines = PAGES.flatMap((page): Shown[] => {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, block = '']) => block.split('\n').flatMap(commandIn)).map((line) => ({ page, line }));
});
const inText = PAGES.flatMap((page): Shown[] => {
  const codes = [...readFileSync(page, 'utf8').matchAll(/`([^`\n]+)`/g)];
  return codes.flatMap(([, code = '']) => commandIn(code)).map((line) => ({ page, line }));
});

/** The words of the first command of a line, without comments and redirections. Enough of a shell for what pages show. */
function wordsOf(line: string): string[] {
  const command = line.split(/ (?:\||>|<|&&|#|or) ?/)[0] ?? '';
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
}

/** The options of a verb as the command has them. */
function verbOf(name: string): Command {
  const spec = SPECS.get(name);
  if (!spec) throw new Error(`there is no verb ${name}`);
  return defineVerb(new Command(name), spec)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
}

test('the pages show commands', () => {
  expect(lines.length).toBeGreaterThan(20);
  expect(inText.length).toBeGreaterThan(100);
});

test.each(lines)('$page: $line is taken', ({ line }) => {
  const [, name = '', ...rest] = wordsOf(line);
  expect(() =>
    verbOf(name)
      .action(() => undefined)
      .parse(rest, { from: 'user' }),
  ).not.toThrow();
});

test.each(inText)('$page: $line names what there is', ({ line }) => {
  const [, name, ...rest] = wordsOf(line);
  if (name === undefined || name.startsWith('-') || /^[A-Z]+$/.test(name)) return;
  const options = verbOf(name).options.flatMap(({ short, long }) => [short, long]);
  const named = rest.flatMap((word) => word.match(/^\[?(--?[a-z][a-z-]*)/)?.[1] ?? []);
  for (const option of named) expect([...options, '--help']).toContain(option);
});
