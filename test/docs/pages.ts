/** The commands of README.md and docs/: each fenced block of a shell, its commands, and the output that the page shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ShownCommand {
  readonly text: string;
  /** Empty in a block without prompts: it shows no output. */
  readonly output: readonly string[];
}

export interface Block {
  readonly page: string;
  readonly text: string;
  readonly commands: readonly ShownCommand[];
}

const SHELLS = new Set(['sh', 'bash', 'shell', 'console']);

export const PAGES = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .sort(),
];

interface Fence {
  readonly language: string;
  readonly text: string;
}

/** Without the indentation of a block that belongs to a list. */
export function fencesOf(page: string): Fence[] {
  const fences = readFileSync(page, 'utf8').matchAll(/^( *)```(\w*)[^\n]*\n([\s\S]*?)^\1```$/gm);
  return [...fences].map(([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

export const BLOCKS: readonly Block[] = PAGES.flatMap((page) =>
  fencesOf(page)
    .filter(({ language }) => SHELLS.has(language))
    .map(({ text }) => ({ page, text, commands: hasPrompts(text) ? prompted(text) : plain(text) })),
);

/** A command that stands in a block of another language, or of none, and so would not be run. */
export function hiddenCommands(page: string): string[] {
  return fencesOf(page)
    .filter(({ language }) => !SHELLS.has(language))
    .flatMap(({ text }) => text.split('\n').filter((line) => /^(?:\$ |rookery [a-z]+(?: |$))/.test(line)));
}

// ---

function hasPrompts(text: string): boolean {
  return text.startsWith('$ ');
}

function prompted(text: string): ShownCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n');
      return { text: withoutComment(command), output };
    });
}

/** Lines that continue the one before, and the lines of a loop, belong to one command. */
function plain(text: string): ShownCommand[] {
  const commands: string[] = [];
  let open = false;
  for (const line of text.trimEnd().split('\n')) {
    const code = withoutComment(line);
    if (open) commands.push(`${commands.pop()}\n${code}`);
    else commands.push(code);
    const last = commands.at(-1) ?? '';
    open = last.endsWith('\\') || (/^for /.test(last) && !/\ndone$/.test(last));
  }
  return commands.filter((command) => command !== '').map((command) => ({ text: command, output: [] }));
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s+)#( .*)?$/, '');
}
