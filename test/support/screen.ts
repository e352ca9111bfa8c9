/** A terminal of a given size in tmux, with a command in it: what a person would see, as text. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Screen {
  /** The rows that it shows, without the blanks at their ends. */
  rows(): Promise<string>;
  /** Text, or the name of a key of tmux, such as `Down` and `Enter`. */
  press(...keys: string[]): Promise<unknown>;
  /** The command has ended. */
  hasEnded(): Promise<boolean>;
  close(): void;
}

export interface ScreenOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string>>;
  /** For the files of tmux. */
  readonly directory: string;
}

/** The sizes of terminals that are recorded. */
export const SIZES = [
  [80, 24],
  [120, 40],
] as const;

/** Rows without what differs from run to run; `root`: a directory whose name does. */
export function steadyRows(rows: string, root = '/tmp/rookery-cli-000000'): string {
  return (
    rows
      .replaceAll(root, '/tmp/rookery-cli-000000')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '00000000-0000-0000-0000-000000000000')
      .replace(/\b[0-9a-f]{8}\b/g, '00000000')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g, 'TIME')
      .replace(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d\b/g, 'Day 00:00')
      .replace(/(?:\d+ min )?\d+ s\b/g, 'N s')
      // A clock of two digits moves the place of the cut.
      .replace(/^\[N s\].*…$/gm, (row) => `${row.slice(0, 58)}…`)
      .replace(/\b\d min\b/g, 'N min')
      .replace(/\b\d+ events\b/g, 'N events')
      .replace(/^(host {7}).*$/gm, '$1HOST')
      .replace(/scripted-\d+/g, 'scripted-N')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
  );
}

export function hasTmux(): boolean {
  return spawnSync('tmux', ['-V']).status === 0;
}

export async function openScreen(command: readonly string[], options: ScreenOptions): Promise<Screen> {
  const { columns, rows, env, directory } = options;
  const socket = join(directory, `tmux-${columns}`);
  const config = join(directory, 'tmux.conf');
  writeFileSync(config, 'set -g status off\nset -g remain-on-exit on\nset -g remain-on-exit-format ""\n');
  const tmux = (...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)('tmux', ['-u', '-S', socket, ...args], { env: { ...env, LC_ALL: 'C.UTF-8' } });
  await tmux('-f', config, 'new-session', '-d', '-x', String(columns), '-y', String(rows), ...command);
  return {
    rows: async () => {
      const { stdout } = await tmux('capture-pane', '-p', '-t', ':0');
      return stdout.replace(/[ \t]+$/gm, '').trimEnd();
    },
    press: (...keys) => tmux('send-keys', '-t', ':0', ...keys),
    hasEnded: async () => (await tmux('list-panes', '-F', '#{pane_dead}')).stdout.trim() === '1',
    close: () => {
      execFileSync('tmux', ['-S', socket, 'kill-server'], { stdio: 'ignore' });
    },
  };
}
