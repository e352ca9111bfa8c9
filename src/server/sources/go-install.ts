/**
 * Source of last resort: builds the CLI with `go install`, about five minutes on two cores.
 * Later versions cannot be installed that way; this older one is accepted from this source only.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sentenceOf } from '../../domain/errors.js';
import { failureOf } from '../command.js';
import { install } from '../install.js';
import { withProgress } from '../progress.js';
import type { Source, SourceContext } from '../source.js';
import { executableOnPath } from './on-path.js';

export const GO_VERSION = '1.5.1';

const BUILD_TIMEOUT_MS = 15 * 60_000;

export const goInstall: Source = {
  name: 'go install',
  needsNetwork: true,
  async find(context) {
    const go = await executableOnPath('go', context.env);
    if (go === undefined) return { reason: 'Go is not installed' };
    try {
      context.announce(`Building the Temporal CLI ${GO_VERSION} with go install (about five minutes) …`);
      const installed = await install(context, (directory) => build(go, directory, context));
      return { cli: { ...installed, origin: 'built with go install' } };
    } catch (error) {
      context.signal?.throwIfAborted();
      return { reason: sentenceOf(error) };
    }
  },
};

async function build(go: string, directory: string, context: SourceContext): Promise<string> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  // Without the flag the build reports version 0.0.0-DEV, which would be too old for every database.
  const flags = `-X github.com/temporalio/cli/temporalcli.Version=${GO_VERSION}`;
  const args = ['install', '-ldflags', flags, `github.com/temporalio/cli/cmd/temporal@v${GO_VERSION}`];
  const options = { timeoutMs: BUILD_TIMEOUT_MS, cwd: directory, env: { GOBIN: bin, GOFLAGS: '' } };
  const outcome = await withProgress('Building', context.announce, () => context.run(go, args, options));
  if (outcome.code !== 0) throw new Error(`go: ${failureOf(outcome)}`);
  return join(bin, 'temporal');
}
