import { expect, test } from 'vitest';
import { resolveToolName } from '../../src/domain/tool-names.js';

const TOOLS = [
  'read_file',
  'list_files',
  'shell',
  'notes__search',
  'notes__get-page',
  'notes__get_page',
  'functions__echo',
];

test.each([
  ['read_file', 'read_file'],
  ['functions.read_file', 'read_file'],
  ['functions.read_file:0', 'read_file'],
  ['default_api.read_file', 'read_file'],
  ['tools/read_file', 'read_file'],
  ['read_file<|channel|>commentary', 'read_file'],
  ['assistant<|channel|>read_file', undefined],
  [' `read_file()` ', 'read_file'],
  ['read-file', 'read_file'],
  ['Read_File', 'read_file'],
  ['readFile', 'read_file'],
  ['shell_exec', 'shell'],
  ['functions.shell_exec', 'shell'],
  ['mcp__notes__search', 'notes__search'],
  ['notes.search', 'notes__search'],
  ['functions__echo', 'functions__echo'],
  ['notes__get_page', 'notes__get_page'],
])('%j is %j', (said, name) => {
  expect(resolveToolName(said, TOOLS)).toBe(name);
});

test.each([
  'notes__getPage',
  'other__read_file',
  'other.read_file',
  'search',
  'read',
  '',
  '日本',
  '__proto__',
  'constructor',
])('%j is no tool, or more than one could be meant', (said) => {
  expect(resolveToolName(said, [...TOOLS, '__'])).toBeUndefined();
});
