/** Runs the commands of a block in a shell, one after the other, as a person types them: variables stay. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Bench, MAIN, openClusterBench } from '../cli/support.js';
import { testCli } from '../support/own-server.js';
import { until } from '../support/until.js';
import { compareOutput } from './output.js';
import type { Block, ShownCommand } from './pages.js';
import { forText, type Place, type Play, type Scene } from './scene.js';

export interface OpenPlace extends Place {
  play(block: Block, scene: Scene): Promise<void>;
  close(): Promise<void>;
}

export async function openPlace(): Promise<OpenPlace> {
  const directory = mkdtempSync(join(tmpdir(), 'rookery-pages-'));
  const ends: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 })];
  const bin = await programs(directory);
  const made = new Map<string, Promise<unknown>>();
  const shared = <T>(name: string, make: () => Promise<T>): Promise<T> => {
    const promise = made.get(name) ?? make();
    made.set(name, promise);
    return promise as Promise<T>;
  };
  const later = (end: () => unknown): void => void ends.push(end);
  const place: Place = {
    directory,
    shared,
    later,
    bench: () =>
      shared('bench', async () => {
        const bench = await openClusterBench();
        later(() => bench.close());
        return withoutSandbox(bench);
      }),
  };
  return {
    ...place,
    async play(block, { stage, notHere }) {
      if (!stage) return;
      const commands = block.commands.filter(({ text }) => forText(notHere, text) === undefined);
      await runBlock(commands, await stage(place), bin);
    },
    async close() {
      for (const end of ends.reverse()) await end();
    },
  };
}

/** So that there are calls to approve. */
export function withoutSandbox(bench: Bench): Bench {
  const config = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'config.toml'), '[security]\nsandbox = "off"\n');
  return bench;
}

// ---

interface Ended {
  readonly code: number | null;
  readonly printed: string;
}

interface Started {
  readonly child: ChildProcess;
  printed(): string;
  readonly ended: Promise<Ended>;
}

async function runBlock(commands: readonly ShownCommand[], play: Play, bin: string): Promise<void> {
  const words = { ...play.words };
  const serving: Started[] = [];
  const outputs: string[] = [];
  const variables = join(mkdtempSync(join(play.bench.root, 'shell-')), 'variables');
  writeFileSync(variables, '');
  try {
    const more = (play.check ?? []).map((text) => ({ text, output: [] }));
    for (const { text, output } of [...commands, ...more]) {
      await forText(play.before, text)?.();
      const command = replaced(text, words);
      const serves = forText(play.serving, text);
      const line = serves ? `exec ${command}` : `${command}\ncode=$?; export -p > '${variables}'; exit $code`;
      const started = start(`set -a; . '${variables}'; ${line}`, play, bin);
      if (serves) {
        serving.push(started);
        await until(() => serves.test(started.printed()) || hasEnded(started), { what: `${command} serves` });
        expect(started.printed()).toMatch(serves);
      } else {
        await forText(play.during, text)?.();
        const { code, printed } = await started.ended;
        expect(code, `${command}\n${printed}`).toBe(forText(play.codes, text) ?? 0);
        Object.assign(
          words,
          compareOutput(
            output.map((line) => replaced(line, play.words ?? {})),
            printed,
          ),
        );
      }
      outputs.push(started.printed());
    }
    await play.after?.(outputs);
  } finally {
    for (const { child } of serving) child.kill('SIGTERM');
  }
  for (const { ended } of serving) expect(await ended).toMatchObject({ code: 0 });
}

function hasEnded({ child }: Started): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function start(line: string, { bench, env, cwd, input = '' }: Play, bin: string): Started {
  const child = spawn('sh', ['-c', line], {
    cwd: cwd ?? bench.workspace,
    env: { ...bench.env, COLUMNS: '80', ...env, PATH: `${bin}:${bench.env.PATH}` },
    stdio: 'pipe',
  });
  child.stdin.on('error', () => undefined).end(input);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      printed += piece;
    });
  const ended = new Promise<Ended>((done) => child.once('close', (code) => done({ code, printed })));
  return { child, printed: () => printed, ended };
}

function replaced(text: string, words: Readonly<Record<string, string>>): string {
  return Object.entries(words).reduce((line, [shown, here]) => line.replaceAll(shown, here), text);
}

/** `rookery` and `temporal`, as the pages name them. */
async function programs(directory: string): Promise<string> {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'rookery'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(join(bin, 'rookery'), 0o755);
  symlinkSync((await testCli()).path, join(bin, 'temporal'));
  return bin;
}
