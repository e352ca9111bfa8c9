import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/mirror/checkpoint-reader.js';
import { useWorkdir } from './workdir.js';

const ID = 'a-task';

const FIELDS: Readonly<Record<string, string>> = {
  session_id: '"another"',
  iteration: '3',
  max_iterations: '10',
  messages: '[]',
  initial_prompt: '"p"',
  system_prompt: '""',
  provider: '"litellm"',
  model: '"m"',
  enable_tools: 'false',
  last_checkpoint: '"2026-11-22T15:56:39.95+00:00"',
};

const workdir = useWorkdir();

function textOf(change: Readonly<Record<string, string | undefined>> = {}): string {
  const fields = Object.entries({ ...FIELDS, ...change }).filter(([, json]) => json !== undefined);
  return `{${fields.map(([name, json]) => `"${name}":${json}`).join()}}`;
}

function read(text: string | Buffer) {
  writeFileSync(workdir.paths.checkpoint(ID), text);
  return readCheckpoint(workdir.paths, ID);
}

const withMessage = (json: string): string => textOf({ messages: `[{"role":"user","content":"c"}, ${json}]` });
const withPart = (json: string): string => withMessage(`{"role":"user","content":"c","content_parts":[${json}]}`);

describe('a checkpoint', () => {
  test('is read with all its fields, whatever session it names', async () => {
    expect(await read(textOf({ messages: '[{"role":"system","content":"s"}]' }))).toEqual({
      kind: 'checkpoint',
      checkpoint: {
        session_id: 'another',
        iteration: 3,
        max_iterations: 10,
        messages: [{ role: 'system', content: 's' }],
        initial_prompt: 'p',
        system_prompt: '',
        provider: 'litellm',
        model: 'm',
        enable_tools: false,
        last_checkpoint: '2026-11-22T15:56:39.95+00:00',
      },
    });
  });

  test('that is not there is absent', async () => {
    expect(await readCheckpoint(workdir.paths, 'none')).toEqual({ kind: 'absent' });
  });

  test('may have unknown fields and any order', async () => {
    const { checkpoint } = (await read(`{"note":{"x":1e400},${textOf().slice(1)}`)) as { checkpoint: object };
    expect(checkpoint).not.toHaveProperty('note');
    expect(await read(`[${Object.values(FIELDS).join()}]`)).toMatchObject({ kind: 'checkpoint' });
  });

  test.each(Object.keys(FIELDS))('without %s, or with null there, is broken', async (name) => {
    expect(await read(textOf({ [name]: undefined }))).toEqual({ kind: 'broken', reason: `'${name}' is missing` });
    expect(await read(textOf({ [name]: 'null' }))).toMatchObject({
      reason: expect.stringMatching(`^'${name}' must be`),
    });
  });

  test.each([
    ['-1 iterations', textOf({ iteration: '-1' }), "'iteration' must be a whole number"],
    ['1.0 iterations', textOf({ iteration: '1.0' }), "'iteration' must be a whole number"],
    ['a flag as text', textOf({ enable_tools: '"true"' }), "'enable_tools' must be true or false"],
    ['messages as an object', textOf({ messages: '{}' }), "'messages' must be a list, not {}"],
    ['a field twice', `${textOf().slice(0, -1)},"model":"n"}`, "'model' is there twice"],
    ['a message without content', withMessage('{"role":"user"}'), "message 2: 'content' is missing"],
    ['a message with null content', withMessage('{"role":"user","content":null}'), "message 2: 'content' must be"],
    ['a message with a lone surrogate', withMessage('{"role":"user","content":"\\udc00"}'), 'lone surrogate'],
    ['a message that is text', withMessage('"hi"'), 'message 2: "hi" is not an object'],
    ['parts that are no list', withMessage('{"role":"user","content":"","content_parts":{}}'), 'must be a list'],
    ['a part of neither kind', withPart('{"type":"text"}'), 'neither a text part nor an image part'],
    ['an image without address', withPart('{"image_url":{}}'), 'neither a text part nor an image part'],
    ['an image that is text', withPart('{"image_url":"https://x"}'), 'neither a text part nor an image part'],
    ['a part of 124 levels', withPart(`{"text":"t","more":${'['.repeat(123)}${']'.repeat(123)}}`), 'deeper than 123'],
    ['a null part', withPart('null'), 'neither a text part nor an image part'],
    ['half a file', textOf().slice(0, -5), 'it is not complete JSON'],
    ['nothing', '', 'it is empty'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'it is not valid UTF-8'],
  ])('with %s is broken', async (_, text, reason) => {
    expect(await read(text)).toEqual({ kind: 'broken', reason: expect.stringContaining(reason) });
  });

  test('that is a symlink, a directory or a pipe is broken, and is never waited for', async () => {
    writeFileSync(`${workdir.paths.workdir}/outside`, textOf());
    symlinkSync(`${workdir.paths.workdir}/outside`, workdir.paths.checkpoint('link'));
    execFileSync('mkfifo', [workdir.paths.checkpoint('pipe')]);
    const broken = (reason: string) => ({ kind: 'broken', reason });
    expect(await readCheckpoint(workdir.paths, 'link')).toEqual(broken('it is a symlink'));
    expect(await readCheckpoint(workdir.paths, 'pipe')).toEqual(broken('it is not a regular file'));
  });
});

describe('the parts of a message', () => {
  const partsOf = async (text: string) => {
    const found = await read(text);
    return found.kind === 'checkpoint' ? found.checkpoint.messages.at(-1)?.content_parts : found;
  };

  test('are absent when they are null or missing', async () => {
    expect(await partsOf(withMessage('{"role":"user","content":"c","content_parts":null}'))).toBeUndefined();
    expect(await partsOf(withMessage('{"role":"user","content":"c"}'))).toBeUndefined();
    expect(await partsOf(withPart(''))).toEqual([]);
  });

  test('are texts and images; other fields, such as the type of OpenAI, are ignored', async () => {
    const image = '{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}';
    expect(await partsOf(withPart(`{"type":"text","text":"see"}, ${image}`))).toEqual([
      { text: 'see' },
      { image_url: { url: 'data:image/png;base64,AA==' } },
    ]);
  });

  test('of both forms are text; with a text that is none, an image', async () => {
    expect(await partsOf(withPart('{"image_url":{"url":"u"},"text":"t"}'))).toEqual([{ text: 't' }]);
    expect(await partsOf(withPart('{"image_url":{"url":"u"},"text":1}'))).toEqual([{ image_url: { url: 'u' } }]);
  });
});
