/** Names of tools: those of MCP servers, and how long they may be. */
import { expect, test } from 'vitest';
import { canonicalName, isMcpName } from '../../src/domain/tool.js';

test('the name of an MCP tool is server__tool, of at most 64 characters', () => {
  expect(isMcpName('files__read_all')).toBe(true);
  expect(['read_file', '__read', 'files__', 'a b__c'].map(isMcpName)).toEqual([false, false, false, false]);
  expect(isMcpName(`files__${'x'.repeat(57)}`)).toBe(true);
  expect(isMcpName(`files__${'x'.repeat(58)}`)).toBe(false);
});

test('a name that every object has is no alias', () => {
  expect(canonicalName('constructor')).toBe('constructor');
});
