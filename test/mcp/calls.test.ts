/** What a task sees of MCP servers that behave: their tools, their answers, their errors. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { normaliseParameters } from '../../src/domain/tool-schemas/normalise.js';
import { parseArgs, toSpec } from '../../src/tools/catalogue.js';
import { until } from '../support/until.js';
import { newWorkdir, official, rig, rough } from './support.js';

test('a server made with the official library offers its tools under its name, and answers', async () => {
  const { mcp, names, call } = await rig([official('lib')]);
  expect(names()).toEqual(['lib__echo', 'lib__trouble', 'lib__picture', 'lib__weather']);
  expect(await call('lib__echo', { text: 'hello' })).toEqual({
    outcome: 'ok',
    content: 'hello',
    origin: 'MCP server lib',
  });
  const [echo] = mcp.tools();
  if (!echo) throw new Error('no tool');
  expect(toSpec(echo)).toMatchObject({
    description: '[MCP server lib] Says it again.',
    parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  });
  expect(parseArgs(echo, { text: 'x', more: 1 })).toEqual({ ok: true, args: { text: 'x', more: 1 } });
});

test('what a server says of its own harmlessness counts for nothing', async () => {
  const { mcp } = await rig([official('lib')]);
  expect(mcp.tools()[0]).toMatchObject({
    effect: 'execute',
    replay: 'unsafe',
    placement: 'activity',
    yields: ['private', 'untrusted'],
  });
});

test('an error of the tool, and arguments that the server refuses, are failures with its words', async () => {
  const { call } = await rig([official('lib')]);
  expect(await call('lib__trouble')).toMatchObject({ outcome: 'failed', content: 'the disk is on fire' });
  expect(await call('lib__echo', { text: 7 })).toMatchObject({
    outcome: 'failed',
    content: expect.stringMatching(/string/),
  });
});

test('pictures and resources are a line each, and what is structured comes once', async () => {
  const { call } = await rig([official('lib'), rough('raw')]);
  expect((await call('lib__picture')).content).toBe(
    [
      'here:',
      '[image, image/png, 3000 bytes]',
      '[resource file:///a.bin, application/zip, 3 bytes]',
      '[resource file:///a.txt, text/plain, 5 bytes]',
    ].join('\n'),
  );
  expect((await call('lib__weather')).content).toBe('{"degrees":21}');
  expect((await call('raw__structured')).content).toBe('{"a":[1,2]}');
});

test('a schema that providers refuse is told in other words, pinned as it is, and called under its own names', async () => {
  const file = join(await newWorkdir(), 'tools.json');
  const inputSchema = {
    anyOf: [{ required: ['filter[text]'] }, { required: ['text'] }],
    properties: { 'filter[text]': { $ref: '#/$defs/T' }, text: { $ref: '#/$defs/T' }, list: { type: 'array' } },
    $defs: { T: { type: 'string', format: 'odd' } },
  };
  await writeFile(file, JSON.stringify([{ name: 'given', inputSchema }]));
  const { mcp, call, asks } = await rig([rough('one', file)]);
  const [given] = mcp.tools();
  if (!given) throw new Error('no tool');
  const { parameters } = toSpec(given);
  expect(parameters).toMatchObject(inputSchema);
  expect(normaliseParameters(parameters).schema).toEqual({
    type: 'object',
    properties: {
      filter_text: { type: 'string', description: '(format odd)' },
      text: { type: 'string', description: '(format odd)' },
      list: { type: 'array', items: {} },
    },
  });
  expect(asks('one__given')).toBeUndefined();
  const parsed = parseArgs(given, { filter_text: 'a', list: [1] });
  expect(parsed).toEqual({ ok: true, args: { 'filter[text]': 'a', list: [1] } });
  const { content } = await call('one__given', parsed.ok ? (parsed.args as Record<string, unknown>) : {});
  expect(JSON.parse(content)).toEqual({ 'filter[text]': 'a', list: [1] });
});

test('two servers with the same tools stay apart', async () => {
  const { names, call } = await rig([rough('one'), rough('two')]);
  expect(names().filter((name) => name.endsWith('__pid'))).toEqual(['one__pid', 'two__pid']);
  expect((await call('one__pid')).content).not.toBe((await call('two__pid')).content);
});

test('one process serves all calls, also those side by side', async () => {
  const { call } = await rig([rough('one')]);
  const pids = await Promise.all(Array.from({ length: 10 }, () => call('one__pid')));
  expect(new Set(pids.map(({ content }) => content)).size).toBe(1);
});

test('a slow server does not hold up the start, and its tools are there when it is', async () => {
  const ready = join(await newWorkdir(), 'ready');
  const servers = [rough('quick'), rough('slow', `--after=${ready}`)];
  const { names, lines } = await rig(servers, { deadlines: { startMs: 400 } });
  await until(() => names().includes('quick__echo'), { what: 'the tools of the quick server' });
  expect(names().filter((name) => name.startsWith('slow'))).toEqual([]);
  await writeFile(ready, '');
  await until(() => names().includes('slow__echo'), { what: 'the tools of the slow server' });
  expect(lines.filter((line) => !line.includes('sandbox'))).toEqual([]);
});

test('who waits for the servers has them all, and is told of one that did not answer in time or failed', async () => {
  const all = await rig([rough('slow', '--slow=600')], { deadlines: { startMs: 10 } });
  expect(all.names()).toEqual([]);
  await all.mcp.whenReady();
  expect(all.names()).toContain('slow__echo');
  expect(all.mcp.whyUnavailable('slow__echo')).toBeUndefined();

  const { mcp } = await rig([rough('deaf', '--deaf'), rough('shut', '--refuse')], {
    deadlines: { startMs: 10, awaitMs: 500 },
  });
  await mcp.whenReady();
  expect(mcp.whyUnavailable('deaf__echo')).toBe('The MCP server deaf has not answered yet');
  await until(() => mcp.whyUnavailable('shut__x') !== 'The MCP server shut has not answered yet', {
    what: 'it has failed',
  });
  expect(mcp.whyUnavailable('shut__x')).toMatch(/^The MCP server shut ended with exit code 3/);
  expect(mcp.whyUnavailable('other__echo')).toBeUndefined();
});

test('a server that changes its list is listed again, and a tool that is gone is not called', async () => {
  const file = join(await newWorkdir(), 'tools.json');
  const schema = { type: 'object' };
  const list = (...names: string[]) =>
    writeFile(file, JSON.stringify(names.map((name) => ({ name, description: name, inputSchema: schema }))));
  await list('echo', 'change');
  const { mcp, names, call } = await rig([rough('one', file)]);
  const before = mcp.tools();
  expect(mcp.tools()).toBe(before);
  await list('change', 'other');
  await call('one__change');
  await until(() => names().includes('one__other'), { what: 'the new list' });
  expect(names()).toEqual(['one__change', 'one__other']);
  expect(mcp.tools()[0]).toBe(before[1]);
  const gone = await before[0]?.run(
    {},
    { workspace: '/', task: 't', call: 'c', secrets: false, signal: new AbortController().signal },
  );
  expect(gone).toMatchObject({ outcome: 'failed', content: expect.stringContaining('has been changed by its server') });
});
