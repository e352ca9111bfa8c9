/**
 * An HTML page as markdown: its main part, or all of it where it has none. A hostile page can take the libraries
 * minutes, so they run in a thread that is ended; what it could not turn in time comes as its bare text instead.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { PAGE_THREAD } from './page-thread.js';
import { bareText } from './plain.js';

export interface Page {
  readonly text: string;
  /** The text is words only: whatever looks like markup in it is none of ours. */
  readonly bare: boolean;
  /** What the reader should know of it. */
  readonly note?: string;
}

export interface PageOptions {
  /** What relative links are relative to. */
  readonly base: string;
  /** Default: 10,000. */
  readonly deadlineMs?: number | undefined;
  readonly signal: AbortSignal;
}

export async function pageMarkdown(html: string, options: PageOptions): Promise<Page> {
  const text = isModest(html) ? await turned(html, options) : undefined;
  if (text !== undefined) return { text, bare: false };
  const which = html.length > MAX_BARE_CHARS ? 'bare text of its first 1 MiB' : 'bare text';
  return {
    text: bareText(html.slice(0, MAX_BARE_CHARS)),
    bare: true,
    note: `${which}: the page is too large or too complex to be converted`,
  };
}

// ---

const MAX_CHARS = 2 * 1024 * 1024;
const MAX_BARE_CHARS = 1024 * 1024;
/** Tags and entities: each becomes a node, of about 2 KB with what is made of it. */
const MAX_PIECES = 50_000;
const DEADLINE_MS = 10_000;
const HEAP_MB = 96;

/** What a compressed bomb unpacks to is never laid out. */
function isModest(html: string): boolean {
  return html.length <= MAX_CHARS && count(html, '<') + count(html, '&') <= MAX_PIECES;
}

function count(text: string, mark: string): number {
  let found = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) found++;
  return found;
}

/** @returns undefined when it failed or was too slow. */
function turned(html: string, { base, deadlineMs = DEADLINE_MS, signal }: PageOptions): Promise<string | undefined> {
  const require = createRequire(import.meta.url);
  const modules = {
    linkedom: require.resolve('linkedom'),
    readability: require.resolve('@mozilla/readability'),
    turndown: require.resolve('turndown'),
  };
  const worker = new Worker(PAGE_THREAD, {
    eval: true,
    workerData: { html, base, modules },
    // Neither the keys in the environment nor the flags of this process belong in there.
    env: {},
    execArgv: [],
    // Messages of the libraries about a broken page are dropped.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 8 },
  });
  return new Promise((resolve) => {
    let ending: Promise<unknown> | undefined;
    const finish = (text?: string): void => {
      if (ending) return;
      clearTimeout(timer);
      signal.removeEventListener('abort', onEnd);
      // Otherwise the next page would start in parallel with the last one.
      ending = worker.terminate().then(() => resolve(text));
    };
    const onEnd = (): void => finish();
    const timer = setTimeout(onEnd, deadlineMs);
    signal.addEventListener('abort', onEnd, { once: true });
    if (signal.aborted) onEnd();
    worker.once('message', finish).once('error', onEnd).once('exit', onEnd);
  });
}
