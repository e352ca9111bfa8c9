import { describe, expect, test } from 'vitest';
import { allowsSecrets, checkAllow, judge, offered } from '../../src/policy/judge.js';

const READ = { name: 'read_file', effect: 'read' } as const;
const WRITE = { name: 'write_file', effect: 'write' } as const;
const SHELL = { name: 'shell', effect: 'execute' } as const;
const ALL = [READ, WRITE, SHELL];

describe('the policy', () => {
  test.each([
    [READ, [], false, 'run'],
    [READ, [], true, 'run'],
    [WRITE, [], true, 'refuse'],
    [WRITE, ['write'], true, 'run'],
    [WRITE, ['write_file'], true, 'run'],
    [WRITE, ['write'], false, 'refuse'],
    [WRITE, ['shell'], true, 'refuse'],
    [SHELL, ['shell'], true, 'run'],
    [SHELL, ['write'], true, 'refuse'],
    [SHELL, ['write', 'secrets'], true, 'refuse'],
    [SHELL, ['shell'], false, 'refuse'],
    [SHELL, ['Shell', 'shell ', '*', ''], true, 'refuse'],
  ] as const)('%j with --allow %j, signed: %s → %s', (tool, allow, signed, verdict) => {
    expect(judge({ tool, allow, signed }).verdict).toBe(verdict);
  });

  test('tells the model why, and who can change it', () => {
    expect(judge({ tool: SHELL, allow: [], signed: true }).reason).toBe(
      "The tool 'shell' is not allowed for this task; the person can allow it with --allow shell.",
    );
    expect(judge({ tool: SHELL, allow: ['shell'], signed: false }).reason).toContain('is not signed');
    expect(judge({ tool: WRITE, allow: ['write'], signed: true }).reason).toBe('Allowed by --allow write.');
  });

  test('the model is told only of what would run', () => {
    const names = (allow: string[], signed: boolean) => offered(ALL, { allow, signed }).map(({ name }) => name);
    expect(names([], true)).toEqual(['read_file']);
    expect(names(['write', 'shell'], false)).toEqual(['read_file']);
    expect(names(['write'], true)).toEqual(['read_file', 'write_file']);
    expect(names(['write', 'shell'], true)).toEqual(['read_file', 'write_file', 'shell']);
  });

  test('credential files need a signed word of their own', () => {
    expect(allowsSecrets({ allow: ['secrets'], signed: true })).toBe(true);
    expect(allowsSecrets({ allow: ['secrets'], signed: false })).toBe(false);
    expect(allowsSecrets({ allow: ['write', 'shell'], signed: true })).toBe(false);
  });

  test('--allow takes each known name once and refuses others with what is allowed', () => {
    expect(checkAllow(['write', 'shell', 'write'])).toEqual(['write', 'shell']);
    expect(checkAllow([])).toEqual([]);
    expect(() => checkAllow(['write', 'shel'])).toThrow("There is no tool 'shel' to allow.");
    expect(() => checkAllow([''])).toThrow();
    try {
      checkAllow(['all']);
    } catch (error) {
      expect(error).toMatchObject({ code: 'usage', hint: expect.stringContaining('read_file, list_files') });
    }
  });
});
