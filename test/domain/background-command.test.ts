/** What the model is told of background commands that ended with their worker: each once. */
import { expect, test } from 'vitest';
import { interruptedNote } from '../../src/domain/background-command.js';
import { isOwnTurn } from '../../src/domain/own-turns.js';

const COMMANDS = [
  { call: '11111111-a', command: 'npm start' },
  { call: '22222222-b', command: 'make\nmake test' },
];

test('each command is told once, as a turn of ours', () => {
  const note = interruptedNote(COMMANDS, [{ role: 'user', content: 'Build it.' }]) ?? '';
  expect(note.split('\n')).toEqual([
    expect.stringMatching(/^Interrupted, outcome unknown: background command 11111111 \(npm start\) /),
    expect.stringMatching(/^Interrupted, outcome unknown: background command 22222222 \(make\) /),
  ]);
  const told = { role: 'user', content: note } as const;
  expect(isOwnTurn(told)).toBe(true);
  expect(interruptedNote(COMMANDS, [told])).toBeUndefined();
  const third = { call: '33333333-c', command: 'sleep 9' };
  expect(interruptedNote([...COMMANDS, third], [told])).toMatch(/^Interrupted.*33333333 \(sleep 9\)[^\n]*$/);
});

test('nothing is said where nothing was interrupted', () => {
  expect(interruptedNote([], [])).toBeUndefined();
});
