import { describe, expect, test } from 'vitest';
import type { Mirrored } from '../../src/domain/activity-calls.js';
import { type Call, type Message, opening, type ToolMessage } from '../../src/domain/conversation.js';
import type { TaskInput } from '../../src/domain/protocol.js';
import {
  type Checkpoint,
  checkpointCompact,
  checkpointToWire,
  completeRounds,
  toTextProtocol,
  wellFormed,
} from '../../src/domain/wire.js';
import { project } from '../../src/mirror/project.js';

const START = opening('s', 'p');
const call = (id: string, args: unknown = {}): Call => ({ id, wire_id: 'call_0', name: 'read_file', args });
const asked = (content: string, ...calls: Call[]): Message => ({ role: 'assistant', content, calls });
const answer = (content: string): Message => ({ role: 'assistant', content });
const result = (id: string, content: string, outcome: ToolMessage['outcome'] = 'ok'): Message => ({
  role: 'tool',
  call: id,
  outcome,
  content,
});

describe('the complete rounds', () => {
  const round = [asked('look', call('a'), call('b')), result('a', 'A'), result('b', 'B')];

  test('are none before the first reply', () => {
    expect(completeRounds(START, 0)).toEqual({ messages: START, iteration: -1 });
  });

  test('end at the last reply when all its calls have results: iteration is one less', () => {
    expect(completeRounds([...START, ...round], 1)).toEqual({ messages: [...START, ...round], iteration: 0 });
    const done = [...START, ...round, answer('done')];
    expect(completeRounds(done, 2)).toEqual({ messages: done, iteration: 1 });
  });

  test('end before a last reply with open calls: iteration is two less', () => {
    const open = [...START, ...round, asked('more', call('c'), call('d')), result('c', 'C')];
    expect(completeRounds(open, 2)).toEqual({ messages: [...START, ...round], iteration: 0 });
    expect(completeRounds([...START, asked('look', call('a'))], 1)).toEqual({ messages: START, iteration: -1 });
  });
});

describe('the text protocol', () => {
  test('renders a call and its result', () => {
    expect(toTextProtocol([...START, asked('I look.', call('a', { path: 'x' })), result('a', 'text\n')])).toEqual([
      { role: 'system', content: 's' },
      { role: 'user', content: 'p' },
      { role: 'assistant', content: 'I look.\nTOOL_CALL: read_file\nARGS: {"path":"x"}' },
      { role: 'user', content: 'OBSERVATION: text\n' },
    ]);
  });

  test('renders several calls of one reply alternately, each before its result', () => {
    const messages = [
      asked('', call('a', 1), call('b', 2), call('c', 3)),
      result('a', 'A'),
      result('b', 'no', 'failed'),
      result('c', 'C'),
    ];
    expect(toTextProtocol(messages).map(({ role, content }) => `${role}: ${content}`)).toEqual([
      'assistant: TOOL_CALL: read_file\nARGS: 1',
      'user: OBSERVATION: A',
      'assistant: TOOL_CALL: read_file\nARGS: 2',
      'user: OBSERVATION: Tool failed with error: no',
      'assistant: TOOL_CALL: read_file\nARGS: 3',
      'user: OBSERVATION: C',
    ]);
  });

  test('keeps text and parts of what a person said, and plain replies', () => {
    const parts = [{ text: 't' }, { image_url: { url: 'data:image/png;base64,AA==' } }];
    expect(toTextProtocol([{ role: 'user', content: 't', parts }, answer('done')])).toEqual([
      { role: 'user', content: 't', content_parts: parts },
      { role: 'assistant', content: 'done' },
    ]);
  });
});

describe('the projection', () => {
  const input: TaskInput = { prompt: 'p', system_prompt: 's', limits: { max_iterations: 7 } };
  const record: Mirrored = {
    state: { kind: 'running' },
    iterations: 2,
    provider: 'demo',
    model: 'm',
    created_at: 1e6,
    updated_at: 2e6,
    version: 3,
  };
  const shown = (change: Partial<Mirrored>, messages: Message[]) => {
    const { task, checkpoint } = project({ id: 'x', input, record: { ...record, ...change }, messages });
    return {
      file: JSON.parse(task) as { checkpoint: string | null },
      checkpoint: checkpoint && (JSON.parse(checkpoint) as Checkpoint),
      task,
    };
  };
  const first = [...START, asked('look', call('a')), result('a', 'A')];

  test('has a checkpoint of the complete rounds, the same in both files', () => {
    const { file, checkpoint } = shown({}, [...first, asked('more', call('b'))]);
    expect(checkpoint).toEqual({
      session_id: 'x',
      iteration: 0,
      max_iterations: 7,
      messages: toTextProtocol(first),
      initial_prompt: 'p',
      system_prompt: 's',
      provider: 'demo',
      model: 'm',
      enable_tools: true,
      last_checkpoint: '1970-01-01T00:00:02+00:00',
    });
    expect(file.checkpoint).toBe(JSON.stringify(checkpoint));
  });

  test('puts results in order first: a round whose results came in disorder is complete', () => {
    const messages = [...START, asked('', call('a'), call('b')), result('b', 'B'), result('a', 'A')];
    const { checkpoint } = shown({ iterations: 1 }, messages);
    expect(checkpoint).toMatchObject({ iteration: 0 });
    expect((checkpoint as Checkpoint).messages.map(({ content }) => content).slice(2)).toEqual([
      'TOOL_CALL: read_file\nARGS: {}',
      'OBSERVATION: A',
      'TOOL_CALL: read_file\nARGS: {}',
      'OBSERVATION: B',
    ]);
  });

  test('has none before the first complete round, and none at an end', () => {
    expect(shown({ iterations: 0 }, START)).toMatchObject({
      checkpoint: null,
      file: { checkpoint: null, status: 'Running' },
    });
    expect(shown({ iterations: 1 }, [...START, asked('', call('a'))])).toMatchObject({ checkpoint: null });
    expect(shown({ state: { kind: 'failed', error: 'e' } }, first)).toMatchObject({
      checkpoint: null,
      file: { error: 'e' },
    });
  });

  test('of an answer strips FINAL:', () => {
    expect(shown({ state: { kind: 'completed' } }, [...first, answer('FINAL: 42')])).toMatchObject({
      file: { result: '42', status: 'Completed' },
    });
  });

  test('has no lone surrogate, whoever wrote one', () => {
    const { task } = shown({}, [...START, asked('a\ud83d', call('a', { '\udc00': '\udc00' })), result('a', '\ud83d')]);
    expect(task).not.toMatch(/\p{Cs}/u);
    // Inside the checkpoint's text an escape is escaped; what serde reads as one has an uneven number of backslashes.
    expect(task).not.toMatch(/(?<!\\)(\\\\)*\\u[dD][89a-fA-F]/);
  });
});

test('a checkpoint is pretty in its file and compact in the task file', () => {
  const checkpoint: Checkpoint = {
    session_id: 'x',
    iteration: 0,
    max_iterations: 1,
    messages: [],
    initial_prompt: 'ü\u2028\ud83d',
    system_prompt: '',
    provider: '',
    model: '',
    enable_tools: true,
    last_checkpoint: '',
  };
  expect(checkpointToWire(checkpoint)).toBe(
    JSON.stringify({ ...checkpoint, initial_prompt: 'ü\u2028\uFFFD' }, null, 2),
  );
  expect(checkpointCompact(checkpoint)).toBe(JSON.stringify({ ...checkpoint, initial_prompt: 'ü\u2028\uFFFD' }));
});

test.each([['😀'], ['\ufffd'], ['a\u0000b']])('%j is well formed already', (text) => {
  expect(wellFormed(text)).toBe(text);
});
