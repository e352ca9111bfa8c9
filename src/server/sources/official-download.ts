/**
 * Source: the CLI that the Temporal SDK downloads for its test environment, from the same address.
 * Implemented here because only the SDK's test package exposes the download.
 */

import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isAbsolute, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { sentenceOf } from '../../domain/errors.js';
import { proxyFor, proxySettingsOf } from '../../domain/proxies.js';
import { compareVersions, OLDEST_CLI } from '../cli-version.js';
import { failureOf } from '../command.js';
import { install } from '../install.js';
import type { Source, SourceContext } from '../source.js';

const OFFICIAL_HOST = 'https://temporal.download/cli/default';
const RESPONSE_TIMEOUT_MS = 20_000;
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

const Offer = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });
type Offer = z.infer<typeof Offer>;

export const officialDownload: Source = {
  name: "the SDK's own download",
  needsNetwork: true,
  async find(context) {
    try {
      const offer = await requestOffer(context);
      context.announce(`Downloading the Temporal CLI from ${new URL(offer.archiveUrl).host} …`);
      const installed = await install(context, (directory) => fetchBinary(offer, directory, context));
      if (compareVersions(installed.version, OLDEST_CLI) < 0) return { reason: `it offers ${installed.version}` };
      return { cli: { ...installed, origin: 'from the official download' } };
    } catch (error) {
      context.signal?.throwIfAborted();
      return { reason: describeError(error) };
    }
  },
};

async function requestOffer(context: SourceContext): Promise<Offer> {
  const url = new URL(context.downloadUrl ?? OFFICIAL_HOST);
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (arch === undefined) throw new Error(`no build for ${process.arch}`);
  const platform = { win32: 'windows', darwin: 'darwin' }[process.platform as string] ?? 'linux';
  const { version } = createRequire(import.meta.url)('@temporalio/client/package.json') as { version: string };
  const query = { arch, platform, format: 'tar.gz', 'sdk-name': 'sdk-typescript', 'sdk-version': version };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const response = await get(url, { ...context, deadlineMs: RESPONSE_TIMEOUT_MS });
  const offer = Offer.parse(await response.json());
  if (new URL(offer.archiveUrl).protocol !== url.protocol) throw new Error(`it names ${offer.archiveUrl}`);
  return offer;
}

async function fetchBinary(offer: Offer, directory: string, context: SourceContext): Promise<string> {
  const file = normalize(offer.fileToExtract);
  if (isAbsolute(file) || file.startsWith('..')) throw new Error(`it names the file ${offer.fileToExtract}`);
  const archive = join(directory, 'archive.tar.gz');
  const response = await get(new URL(offer.archiveUrl), { ...context, deadlineMs: DOWNLOAD_TIMEOUT_MS });
  if (response.body === null) throw new Error('an empty answer');
  await pipeline(Readable.fromWeb(response.body), createWriteStream(archive, { mode: 0o600 }));
  const unpacked = join(directory, 'unpacked');
  await mkdir(unpacked);
  const outcome = await context.run('tar', ['-xzf', archive, '-C', unpacked], { timeoutMs: 60_000 });
  if (outcome.code !== 0) throw new Error(`tar: ${failureOf(outcome)}`);
  return join(unpacked, file);
}

async function get(url: URL, { env, signal, deadlineMs }: SourceContext & { deadlineMs: number }) {
  const { Agent, ProxyAgent, fetch } = await import('undici');
  const proxy = proxyFor(url, proxySettingsOf(env))?.href;
  const connect = { timeout: RESPONSE_TIMEOUT_MS };
  const deadline = AbortSignal.timeout(deadlineMs);
  const response = await fetch(url, {
    dispatcher: proxy === undefined ? new Agent({ connect }) : new ProxyAgent({ uri: proxy, connect }),
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  });
  if (!response.ok) throw new Error(`${url.host} answered ${response.status}`);
  return response;
}

/** `fetch failed` says nothing: the reason is in the cause. */
function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return sentenceOf(cause);
}
