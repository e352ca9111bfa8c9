/** Two builds of the product side by side, for a rolling upgrade: copies of `dist`, the second under another build id. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Build {
  readonly name: string;
  /** The command's file. */
  readonly main: string;
}

/** `from`: a built checkout of an earlier version, which the upgrade starts at. Absent: this one. */
export function makeBuilds(directory: string, from: string | undefined): readonly [Build, Build] {
  const before = copyOf(from ?? '.', join(directory, 'build-a'), 'A');
  const after = copyOf('.', join(directory, 'build-b'), 'B');
  const plugin = join(directory, 'build-b/dist/src/plugin.js');
  // Another id for the server, and another text of the workflow's code: histories of the one replay on the other.
  edit(plugin, (text) => text.replace(/(BUILD_ID = ')(\w+)'/, "$1$2-b'"));
  edit(join(directory, 'build-b/dist/workflow-bundle.js'), (text) => `${text}\n// Build B.\n`);
  return [before, after];
}

/** What the first build was made of, in words for the report. */
export function originOf(from: string | undefined): string {
  if (from === undefined) return 'the same code';
  const { stdout, status } = spawnSync('git', ['-C', from, 'log', '-1', '--format=commit %h of %cs'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : `version ${versionOf(from)}`;
}

// ---

function versionOf(checkout: string): string {
  return (JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string }).version;
}

function copyOf(checkout: string, target: string, name: string): Build {
  mkdirSync(target, { recursive: true });
  for (const part of ['dist', 'package.json']) cpSync(join(checkout, part), join(target, part), { recursive: true });
  symlinkSync(resolve(checkout, 'node_modules'), join(target, 'node_modules'));
  return { name, main: join(target, 'dist/src/cli/main.js') };
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}
