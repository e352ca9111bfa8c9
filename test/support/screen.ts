/** A terminal of a given size in tmux, with a command in it: what a person would see, as text. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Screen {
  /** The rows that it shows, without the blanks at their ends. */
  rows(): Promise<string>;
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
    hasEnded: async () => (await tmux('list-panes', '-F', '#{pane_dead}')).stdout.trim() === '1',
    close: () => {
      execFileSync('tmux', ['-S', socket, 'kill-server'], { stdio: 'ignore' });
    },
  };
}
