/** The keys of rules and of security. Part of the table in keys.ts. */
import type { Key } from './key.js';

const NONE = 'none';

export const POLICY_KEYS: Readonly<Record<string, Key>> = {
  'policy.rules[].do': {
    means: 'Decision on a matching call: `run`, `ask` or `refuse`',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "ask" }]',
  },
  'policy.rules[].tool': {
    means: 'Tools that the rule matches',
    byDefault: 'all',
    example: 'policy.rules = [{ do = "ask", tool = "shell" }]',
  },
  'policy.rules[].effect': {
    means: 'Effects of tools that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "refuse", effect = "network" }]',
  },
  'policy.rules[].path': {
    means: 'Paths that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "ask", path = "src/**" }]',
  },
  'policy.rules[].host': {
    means: 'Hosts that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "run", host = "docs.example.com" }]',
  },
  'policy.rules[].command': {
    means: 'Commands that the rule matches',
    byDefault: 'any',
    example: 'policy.rules = [{ do = "run", command = "npm test *" }]',
  },
  'policy.rules[].arguments': {
    means: 'Arguments that the rule matches, as the text of a JSON object',
    byDefault: 'any',
    example: `policy.rules = [{ do = "run", tool = "files__read", arguments = '{"path":"a"}' }]`,
  },
  'policy.rules[].network': {
    means:
      'Hosts that the commands of the rule reach from the sandbox, or `npm`, `pip`, `cargo`, `go`; with `run` only',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "run", tool = "shell", command = "npm ci", network = ["npm"] }]',
  },
  'policy.rules[].reason': {
    means: 'Reason that is shown with the decision',
    byDefault: NONE,
    example: 'policy.rules = [{ do = "refuse", tool = "shell", reason = "not here" }]',
  },
  'security.unsigned': {
    means: 'How unsigned starts are handled',
    byDefault: '"refuse"',
    example: 'security.unsigned = "read-only"',
  },
  'security.trust_cluster': {
    means: 'Unsigned starts of a cluster count as signed',
    byDefault: 'false',
    example: 'security.trust_cluster = true',
  },
  'security.phrase_warning': {
    means: 'Adds a warning to untrusted content with phrases typical of prompt injection',
    byDefault: 'false',
    example: 'security.phrase_warning = true',
  },
  'security.sandbox': {
    means: 'With `off`, commands need approval instead',
    byDefault: '"auto"',
    example: 'security.sandbox = "off"',
  },
  'security.reset': {
    means: 'With `run`, a Reset or a second start of a signed input needs no signed `resume`',
    byDefault: '`"ask"`; `"run"` with `trust_cluster` on a cluster',
    example: 'security.reset = "run"',
  },
};
