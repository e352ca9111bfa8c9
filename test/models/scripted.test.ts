/** The scripted model says what its script says, and nothing else. */
import { expect, test } from 'vitest';
import { scriptedModel } from '../../src/models/scripted.js';
import { OPENING, question } from './support.js';

test('the script decides by the conversation and the number of replies in it', async () => {
  const model = scriptedModel((messages, replies) =>
    replies === 0 ? { calls: [{ name: 'read_file', args: { path: 'a' } }] } : { content: `saw ${messages.length}` },
  );
  expect(await model.ask(question())).toMatchObject({
    content: '',
    calls: [{ wire_id: 'call_0', name: 'read_file', args: { path: 'a' } }],
    finish: 'tool-calls',
  });
  const messages = [...OPENING, { role: 'assistant', content: 'x' } as const];
  expect(await model.ask(question({ messages }))).toMatchObject({ content: 'saw 3', calls: [], finish: 'stop' });
});

test('what the script throws is thrown', async () => {
  const model = scriptedModel(() => {
    throw new Error('as scripted');
  });
  await expect(model.ask(question())).rejects.toThrow('as scripted');
});
