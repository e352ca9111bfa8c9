/**
 * A real browser and the embedded server: what a hostile page loads and posts gets nowhere, and the Web UI is used through
 * its front as before, actions included.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserBlockedPorts } from '../../src/server/browser-ports.js';
import { serverFiles } from '../../src/server/files.js';
import { readState, type ServerState } from '../../src/server/state.js';
import { type Bench, openBench } from '../cli/support.js';
import { until } from '../support/until.js';
import { findChromium, launchChromium, readUntil } from '../web-ui/chromium.js';
import { attacksOn } from './pages.js';

const executable = findChromium();
const why = executable ? '' : ' (skipped: no Chromium; set CHROMIUM to its file)';

describe.skipIf(!executable)(`Chromium${why}`, () => {
  let bench: Bench;
  let browser: Browser;
  let page: Page;
  let state: ServerState;
  let task: string;

  beforeAll(async () => {
    bench = await openBench();
    task = await bench.submit(bench.model(() => ({ hang: true })));
    state = (await readState(serverFiles(bench.paths.workdir))) as ServerState;
    browser = await launchChromium(executable ?? '', ['--host-resolver-rules=MAP evil.example 127.0.0.1']);
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await bench?.close();
  });

  test('connects to none of the ports that answer any Host header', async () => {
    // A page of its own: Chromium still shows an error page for a moment after such a refusal.
    const refused = await browser.newPage();
    for (const port of browserBlockedPorts()) {
      await expect(refused.goto(`http://127.0.0.1:${port}/`), `${port}`).rejects.toThrow('ERR_UNSAFE_PORT');
    }
    await refused.close();
  });

  test('shows a page whose name resolves to this machine nothing of the Web UI', async () => {
    const answer = await page.goto(`http://evil.example:${state.ports.ui}/`);
    expect(answer?.status()).toBe(421);
    expect(await page.context().cookies(page.url())).toEqual([]);
    const read = (path: string) =>
      page.evaluate((url) => fetch(url).then((found) => found.text()), `http://evil.example:${state.ports.ui}${path}`);
    expect(await read('/api/v1/namespaces/default/workflows')).not.toContain(task);
  });

  test('changes nothing when a page of another origin posts blindly', async () => {
    const site = createServer((_, answer) => answer.end('<title>evil</title>')).listen(0, '127.0.0.1');
    const { port } = (await until(() => site.address(), { what: 'the page is served' })) as AddressInfo;
    await page.goto(`http://evil.example:${port}/`);
    const attacks = attacksOn(task).flatMap(({ path, body }) => [
      { url: `http://127.0.0.1:${state.ports.http}${path}`, body: JSON.stringify(body) },
      { url: `http://127.0.0.1:${state.ports.ui}/api/v1${path}`, body: JSON.stringify(body) },
    ]);
    await page.evaluate(
      (posts) =>
        Promise.all(
          posts.map(({ url, body }) => fetch(url, { method: 'POST', mode: 'no-cors', body }).catch(() => undefined)),
        ),
      attacks,
    );
    site.close();
    const { tasks } = await bench.json<{ tasks: { id: string; status: string }[] }>(['list']);
    expect(tasks).toEqual([expect.objectContaining({ id: task, status: 'Running' })]);
  });

  test('lists the tasks in the Web UI, opens one, and terminates it there', async () => {
    const { url } = await bench.json<{ url: string }>(['ui']);
    await page.goto(url);
    await readUntil(page, [task, 'Running']);
    await page.goto((await bench.json<{ url: string }>(['ui', task])).url);
    await readUntil(page, [task, 'Request Cancellation']);
    await page.getByRole('button', { name: 'More Actions' }).click();
    await page.getByRole('menuitem', { name: 'Terminate' }).click();
    await page.getByRole('textbox', { name: /reason/i }).fill('Enough of it.');
    await page.getByRole('button', { name: 'Terminate' }).last().click();
    await readUntil(page, ['TERMINATED']);
    const ended = async (): Promise<boolean> =>
      (await bench.json<{ tasks: { status: string }[] }>(['list'])).tasks[0]?.status !== 'Running';
    await until(ended, { what: 'the task has ended' });
  });
});
