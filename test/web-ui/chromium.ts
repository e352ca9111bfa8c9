/** A headless Chromium, if this machine has one. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { until } from '../support/until.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Undefined: there is none. `CHROMIUM` names another one. */
export function findChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((place) => NAMES.map((name) => join(place, name)));
  return [process.env.CHROMIUM, '/usr/bin/chromium', ...onPath].find((file) => file !== undefined && canRun(file));
}

export function launchChromium(executablePath: string, flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: [...QUIET, ...flags] });
}

/** What a person reads on the page, frames included, as soon as all of it is there; spaces and lines as one space. */
export async function readUntil(page: Page, wanted: readonly string[]): Promise<string> {
  let text = '';
  const isThere = async (): Promise<boolean> => {
    text = await visibleText(page);
    return wanted.every((words) => text.includes(words));
  };
  await until(isThere, { what: `the page shows ${wanted.join(', ')}`, timeoutMs: 30_000 }).catch((error: Error) => {
    const missing = wanted.filter((words) => !text.includes(words));
    throw new Error(`${error.message}; missing: ${missing.join(', ')}; the page says: ${text}`);
  });
  return text;
}

// ---

async function visibleText(page: Page): Promise<string> {
  const texts = page.frames().map((frame) =>
    frame
      .locator('body')
      // biome-ignore lint/performance/useDomNodeTextContent: hidden text is never read
      .innerText({ timeout: 1_000 })
      // A frame may go while it is read.
      .catch(() => ''),
  );
  return (await Promise.all(texts)).join(' ').replace(/\s+/g, ' ');
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
