import { describe, expect, test } from 'vitest';
import { checkAllow } from '../../src/policy/judge.js';
import { createBackgroundCommands } from '../../src/tools/background/commands.js';
import { BUILTIN_TOOLS } from '../../src/tools/builtin-tools.js';
import { createTools, parseArgs, toSpec } from '../../src/tools/catalogue.js';
import type { Tool } from '../../src/tools/tool.js';

const background = createBackgroundCommands('/nowhere');
const tools = await createTools({ env: {}, webSearch: { braveKey: 'k' }, background });
const get = (name: string): Tool => {
  const tool = tools.get(name);
  if (!tool) throw new Error(name);
  return tool;
};

describe('the catalogue', () => {
  test('holds the tools under the names of the index, and --allow knows each of them', async () => {
    expect([...tools.keys()]).toEqual([
      'read_file',
      'list_files',
      'search_files',
      'write_file',
      'edit_file',
      'shell',
      'shell_output',
      'shell_kill',
      'ask_user',
      'web_fetch',
      'web_search',
    ]);
    expect(Object.keys(BUILTIN_TOOLS)).toEqual([...tools.keys()]);
    expect((await createTools({ env: {} })).has('web_search')).toBe(false);
    const names = [...tools.keys(), 'write', 'secrets'];
    expect(checkAllow(names, Object.keys(BUILTIN_TOOLS))).toEqual(names);
  });

  test('only safe tools that read run inline', () => {
    for (const tool of tools.values()) {
      // A question waits in the workflow, and these for a command.
      const waits = tool.name.startsWith('shell_') || tool.question !== undefined;
      expect(tool.placement === 'inline').toBe(tool.effect === 'read' && !waits);
      expect(tool.replay === 'safe').toBe(tool.effect === 'read' || tool.effect === 'network');
    }
  });

  test('tells the model of each tool with a JSON Schema of type object that explains every field', () => {
    for (const tool of tools.values()) {
      const { name, description, parameters } = toSpec(tool);
      expect(name).toBe(tool.name);
      expect(description.length).toBeGreaterThan(50);
      expect(parameters).toMatchObject({ type: 'object', additionalProperties: false });
      expect(parameters).not.toHaveProperty('$schema');
      for (const field of Object.values(parameters.properties as Record<string, object>)) {
        expect(field).toHaveProperty('description');
      }
    }
  });

  test('the summary of a call is one short line', () => {
    expect(get('shell').summary({ command: `echo 1\n  echo 2 ${'x'.repeat(100)}` })).toMatch(/^echo 1 echo 2 x{46}$/);
  });
});

describe('parseArgs', () => {
  test('gives back what fits, and takes null for left out', () => {
    expect(parseArgs(get('read_file'), { path: 'a', offset: null })).toEqual({ ok: true, args: { path: 'a' } });
    expect(parseArgs(get('list_files'), {})).toEqual({ ok: true, args: {} });
  });

  test.each([
    ['read_file', {}, 'path is missing'],
    ['read_file', { path: '' }, 'path: '],
    ['read_file', { path: 'a', offset: 0 }, '(given 0)'],
    ['read_file', { path: 'a', offset: 1.5 }, '(given 1.5)'],
    ['read_file', { file: 'a' }, 'unknown: "file"'],
    ['read_file', [], '(given [])'],
    ['read_file', 'a', '(given "a")'],
    ['read_file', undefined, 'missing'],
    ['shell', { command: 'x', timeout_secs: 0 }, '>=1 (given 0)'],
    ['write_file', { path: 'a', content: 'x'.repeat(1_100_000) }, 'at most 1 MiB is allowed'],
    ['search_files', { pattern: 'x', __proto__: null, max_results: 'all' }, '(given "all")'],
  ])('%s(%j) is answered with what is wrong and what is allowed', (name, args, words) => {
    const parsed = parseArgs(get(name), args);
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(words) });
    if (!parsed.ok) {
      expect(parsed.problem).toMatch(/Allowed: \w+/);
      expect(parsed.problem.length).toBeLessThan(600);
    }
  });
});
