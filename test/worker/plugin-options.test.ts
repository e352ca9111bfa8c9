/** What a worker takes out of all that leaves it. */
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/domain/redact.js';
import { secretsOf } from '../../src/worker/plugin-options.js';

test('what MCP servers are given is a secret, but not what says where things are', () => {
  const secrets = secretsOf({
    workdir: '/data',
    env: {
      GITHUB_TOKEN: 'ghp_0123456789',
      DOCS: 'Bearer docs-0123456789',
      HOME: '/home/somebody',
      OTHER: 'other-0123456789',
    },
    mcp: [
      { name: 'github', command: 'github-mcp', args: [], env: ['GITHUB_TOKEN', 'HOME', 'ABSENT'] },
      { name: 'docs', url: 'https://docs.example/', headers: { Authorization: 'DOCS' } },
    ],
  });
  const redact = createRedactor(secrets);
  expect(redact('ghp_0123456789, docs-0123456789, /home/somebody, other-0123456789')).toBe(
    '[key], [key], /home/somebody, other-0123456789',
  );
});
