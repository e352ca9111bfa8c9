/** A task as a person sees it in the Temporal Web UI: the text in the DOM of a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { tasksUrl, taskUrl, type WebUi } from '../../src/cli/web-ui.js';
import { scriptedAgent } from '../support/llm-server.js';
import { type Rig, startRig, type Task } from '../support/rig.js';
import { until } from '../support/until.js';
import { findChromium, launchChromium, readUntil } from './chromium.js';

const executable = findChromium();
const why = executable ? '' : ' (skipped: no Chromium; set CHROMIUM to its file)';

describe.skipIf(!executable)(`the page of a task in the Web UI${why}`, () => {
  let rig: Rig;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    rig = await startRig();
    browser = await launchChromium(executable ?? '');
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await rig?.stop();
  });

  const input = { prompt: 'Count the parrots.\nAll of them.', allow: ['shell'] };
  const agent = scriptedAgent({
    iterations: 3,
    callFor: (n) => (n === 1 ? { name: 'shell', args: { command: 'echo grey' } } : { name: 'list_files', args: {} }),
    final: 'I have counted them. There are seven parrots here.',
  });
  const at = (): WebUi => ({ uiUrl: inject('temporal').uiUrl, namespace: rig.namespace });
  const metadata = async (task: Task): Promise<string> => taskUrl(at(), task.id, (await task.handle.describe()).runId);

  test('tells the prompt, each iteration, the tools and the answer once it has completed', async () => {
    const task = await rig.start(agent, input);
    await task.result();
    await page.goto(await metadata(task));
    const text = await readUntil(page, ['Count the parrots.', 'iteration 3', 'There are seven parrots here.']);
    expect(text).toContain('completed · done');
    expect(text).toMatch(/iteration 2 .*call shell .*echo grey.* iteration 3 .*call list_files/);

    await page.goto(taskUrl(at(), task.id));
    await readUntil(page, [`iteration 3 · ${task.model} · 30 tokens so far`, 'shell · echo grey', 'Completed']);
  });

  test('tells while it runs what it is doing', async () => {
    const task = await rig.start((request) => {
      const reply = agent(request);
      return reply.calls ? reply : { hang: true };
    }, input);
    await until(() => task.requests().length === 4, { what: 'the last question is asked' });
    await page.goto(await metadata(task));
    const text = await readUntil(page, ['running · thinking', 'iteration 3', 'list_files']);
    expect(text).not.toContain('seven parrots');
  });

  test('tells of a call that waits what it is, and what to type; its timer and the list tell it too', async () => {
    const asked = { prompt: 'Count the macaws.', name: 'macaws' };
    const writing = scriptedAgent({
      iterations: 1,
      callFor: () => ({ name: 'shell', args: { command: 'echo grey >> birds.txt' } }),
      final: 'One macaw.',
    });
    const task = await rig.start(writing, asked, 'macaws-1');
    await until(async () => (await task.status()).phase === 'waiting_approval', { what: 'the call waits' });
    await page.goto(await metadata(task));
    await readUntil(page, [
      'macaws · Count the macaws.',
      'shell · echo grey >> birds.txt',
      'rookery approve macaws-1 or rookery deny macaws-1',
    ]);
    await page.goto(taskUrl(at(), task.id));
    await readUntil(page, ['approval: shell · echo grey >> birds.txt']);

    const other = await rig.start(() => ({ hang: true }), { prompt: 'Count for ever.' }, 'other-1');
    await page.goto(tasksUrl(at()));
    await readUntil(page, ['macaws-1', 'other-1']);
    await page.goto(tasksUrl(at(), { needsYou: true }));
    expect(await readUntil(page, ['macaws-1'])).not.toContain('other-1');
    await Promise.all([task, other].map(({ handle }) => handle.terminate()));
  });
});
