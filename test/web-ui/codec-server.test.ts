/** An encrypted task in the Temporal Web UI: unreadable, until the codec endpoint of the Web UI is the codec server. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { taskUrl } from '../../src/cli/web-ui.js';
import { createCodecServer } from '../../src/codec/codec-server.js';
import { createEncryptionCodec } from '../../src/codec/index.js';
import { inOrder } from '../support/book.js';
import { type Rig, startRig } from '../support/rig.js';
import { findChromium, launchChromium, readUntil } from './chromium.js';

const executable = findChromium();
const why = executable ? '' : ' (skipped: no Chromium; set CHROMIUM to its file)';
const PROMPT = 'Count the macaws.';

describe.skipIf(!executable)(`the page of an encrypted task in the Web UI${why}`, () => {
  const codec = createEncryptionCodec({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] });
  const server = createCodecServer({ codecs: [codec], origins: [new URL(inject('temporal').uiUrl).origin] });
  let rig: Rig;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    rig = await startRig({ given: { dataConverter: { payloadCodecs: [codec] } } });
    browser = await launchChromium(executable ?? '');
    const task = await rig.start(inOrder({ content: 'There are seven macaws.' }), { prompt: PROMPT });
    await task.result();
    address = taskUrl({ uiUrl: inject('temporal').uiUrl, namespace: rig.namespace }, task.id);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
    await rig?.stop();
  });

  /** With what the settings of the Web UI keep in the browser. */
  async function open(endpoint?: string): Promise<Page> {
    const context = await browser.newContext();
    const settings = { endpoint: endpoint ?? null, overrideRemoteCodecConfiguration: endpoint !== undefined };
    await context.addInitScript((given) => {
      for (const [name, value] of Object.entries(given)) localStorage.setItem(name, JSON.stringify(value));
    }, settings);
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }

  test('hides prompt and answer without a codec endpoint', async () => {
    const text = await readUntil(await open(), ['COMPLETED', 'Input "', 'Result "']);
    expect(text).not.toContain('macaws');
  });

  test('shows them with the codec server as its endpoint', async () => {
    const { port } = server.address() as AddressInfo;
    await readUntil(await open(`http://127.0.0.1:${port}`), ['COMPLETED', PROMPT, 'There are seven macaws.']);
  });
});
