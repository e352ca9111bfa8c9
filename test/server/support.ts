/** What the tests of the server share: temporary directories, fake commands that are real scripts, the real CLI. */

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { onTestFinished } from 'vitest';
import { type StartOptions, stopServer } from '../../src/server/embedded.js';
import { findTemporalCli, type TemporalCli } from '../../src/server/find.js';
import { choosePorts } from '../../src/server/ports.js';

export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rookery-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** A work directory whose server, if a test starts one, does not outlive the test. */
export async function temporaryWorkdir(): Promise<string> {
  const path = await temporaryDirectory();
  onTestFinished(async () => {
    await stopServer(path);
  });
  return path;
}

export async function script(path: string, body: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** What a CLI of that version answers to `--version`. */
export function versionAnswer(version: string): string {
  return `echo "temporal version ${version} (Server 1.32.0, UI 2.54.1)"`;
}

/** On ports of the test's own: whatever runs on the usual ones meanwhile is not met. */
export async function startOptions(workdir: string): Promise<StartOptions> {
  const { frontend, ui } = await choosePorts([]);
  const base = { workdir, cli: await realCli(), env: process.env, announce: () => undefined };
  return { ...base, preferredPort: frontend, preferredUiPort: ui };
}

let found: Promise<TemporalCli> | undefined;

export function realCli(): Promise<TemporalCli> {
  found ??= findTemporalCli({
    env: process.env,
    cacheDirectory: envPaths('rookery', { suffix: '' }).cache,
    announce: () => undefined,
  });
  return found;
}
