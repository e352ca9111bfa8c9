/**
 * The default policy decisions, for calls that no hard limit, no rule and no --allow decides, with the list of them for
 * `rookery policy list` and the well-known public sites of `web_fetch`. Fails closed: everything else needs approval.
 * Pure.
 */
import { allowsSecrets } from './allow.js';
import type { TouchedThings } from './matching.js';
import type { PolicyQuestion, Ruling } from './rule.js';
import { whyNotHarmless } from './shell/read-only-commands.js';

/** In the order of evaluation, for listing the policy. */
export const DEFAULTS: readonly { readonly do: Ruling['verdict']; readonly what: string }[] = Object.freeze([
  { do: 'refuse', what: "writes to protected paths, and whatever touches Rookery's own files" },
  { do: 'ask', what: 'writes to what other tools run later: pipelines, hooks, tool versions, instructions for agents' },
  { do: 'run', what: 'reads in the workspace' },
  { do: 'run', what: 'writes in the workspace' },
  { do: 'refuse', what: 'the file tools that come with Rookery, outside the workspace: they never leave it' },
  { do: 'ask', what: 'other tools that read or write outside the workspace' },
  { do: 'ask', what: 'shell lines in the sandbox that ask for hosts of the network' },
  { do: 'run', what: 'other shell lines in the sandbox' },
  {
    do: 'run',
    what: 'without a sandbox: shell lines whose every command only reads in the workspace, and no credential file',
  },
  { do: 'ask', what: 'other shell lines' },
  { do: 'run', what: 'web_fetch of well-known sites of documentation and packages' },
  { do: 'ask', what: 'everything else' },
]);

export function byDefault(question: PolicyQuestion, seen: TouchedThings): Ruling {
  switch (question.tool.effect) {
    case 'read':
      return ofFiles('reads', question, seen);
    case 'write':
      return ofFiles('writes', question, seen);
    case 'execute':
      return ofShell(question, seen);
    case 'network':
      return ofNetwork(question, seen);
    default:
      return ask(question, 'has an unknown effect', 'everything else asks');
  }
}

const HOSTS: ReadonlySet<string> = new Set([
  ...['docs.rs', 'crates.io', 'doc.rust-lang.org', 'www.rust-lang.org'],
  ...['developer.mozilla.org', 'nodejs.org', 'www.typescriptlang.org', 'registry.npmjs.org', 'www.npmjs.com', 'jsr.io'],
  ...['docs.python.org', 'pypi.org', 'peps.python.org', 'packaging.python.org', 'numpy.org', 'pandas.pydata.org'],
  ...['go.dev', 'pkg.go.dev', 'docs.oracle.com', 'kotlinlang.org', 'docs.ruby-lang.org', 'rubygems.org', 'www.php.net'],
  ...['learn.microsoft.com', 'developer.apple.com', 'docs.swift.org', 'en.cppreference.com', 'hexdocs.pm', 'hex.pm'],
  ...['docs.docker.com', 'kubernetes.io', 'docs.temporal.io', 'www.postgresql.org', 'www.sqlite.org', 'dev.mysql.com'],
  ...[
    'git-scm.com',
    'docs.github.com',
    'docs.gitlab.com',
    'www.gnu.org',
    'man7.org',
    'www.kernel.org',
    'docs.kernel.org',
  ],
  ...[
    'react.dev',
    'vuejs.org',
    'angular.dev',
    'svelte.dev',
    'vite.dev',
    'vitest.dev',
    'nextjs.org',
    'docs.djangoproject.com',
  ],
  ...['docs.aws.amazon.com', 'cloud.google.com', 'www.rfc-editor.org', 'datatracker.ietf.org', 'www.w3.org'],
  ...['html.spec.whatwg.org', 'tc39.es', 'www.unicode.org', 'semver.org', 'json-schema.org', 'spec.openapis.org'],
]);

export function isPublicHost(host: string): boolean {
  return HOSTS.has(host);
}

// ---

function ofFiles(what: 'reads' | 'writes', question: PolicyQuestion, { places }: TouchedThings): Ruling {
  const outside = places.find(({ inside }) => inside === undefined);
  // Approval would not help: the built-in tools refuse paths outside the workspace.
  if (outside && question.tool.builtin)
    return {
      verdict: 'refuse',
      reason: `${outside.absolute} is outside the workspace; give a path relative to the workspace.`,
      rule: `default: ${what} outside`,
    };
  if (outside) return ask(question, `${what} ${outside.absolute}, outside the workspace`, `${what} outside ask`);
  if (what === 'writes' && places.length === 0)
    return ask(question, 'does not say what it writes', 'everything else asks');
  return run(`The tool '${question.tool.name}' only ${what} in the workspace.`, `${what} run`);
}

function ofShell(question: PolicyQuestion, { line }: TouchedThings): Ruling {
  if (!line) return ask(question, 'does not say what it runs', 'everything else asks');
  if (question.sandboxed) return run('It runs in the sandbox.', 'the sandbox');
  const { workspace, surroundings, authority } = question;
  const why = whyNotHarmless(line.parsed, { workspace, surroundings, secrets: allowsSecrets(authority) });
  if (why === undefined) return run('Every command in it only reads in the workspace.', 'harmless commands run');
  return ask(question, `would run without a sandbox, and ${why}`, 'other commands ask');
}

function ofNetwork(question: PolicyQuestion, { hosts }: TouchedThings): Ruling {
  const [host] = hosts;
  if (host === undefined) return ask(question, 'communicates over the network', 'the network asks');
  // Only this tool is known to send nothing but GET requests.
  if (question.tool.name === 'web_fetch' && hosts.every(isPublicHost))
    return run(`${host} is a well-known public site.`, 'public sites run');
  return ask(question, `connects to ${hosts.join(', ')}`, 'the network asks');
}

function run(reason: string, rule: string): Ruling {
  return { verdict: 'run', reason, rule: `default: ${rule}` };
}

function ask({ tool }: PolicyQuestion, what: string, rule: string): Ruling {
  return { verdict: 'ask', reason: `The tool '${tool.name}' ${what}.`, rule: `default: ${rule}` };
}
