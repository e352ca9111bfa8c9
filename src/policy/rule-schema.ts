/**
 * The shape of rules, parsed at the entry points: files of settings, remembered rules, options of the plugin. Says
 * which rule is wrong, and bounds what rules can cost.
 */
import { z } from 'zod';
import { isNetworkName, NETWORK_FORMS } from '../domain/network-entry.js';
import { canonicalArguments, MAX_ARGUMENTS } from './arguments.js';
import type { Rule } from './rule.js';
import { isVerbatim, parsePattern } from './shell/command-pattern.js';

const MAX_RULES = 200;
/** Of all patterns together: matching costs this times the length of a path. */
const MAX_CHARACTERS = 16_384;

const EFFECTS = ['read', 'write', 'execute', 'network'] as const;

function several(item: z.ZodType<string>) {
  return z.union([item, z.array(item).min(1, 'an empty list matches nothing').max(64)]);
}

const text = z.string().min(1).max(256);
const tool = text.regex(/^[A-Za-z0-9_*-]+$/, 'a tool is letters, digits, _ and -, and * for any of them');
const path = text.refine(
  (glob) => !/[{}[\]\\\0]|^!|^~/.test(glob),
  'a path takes *, ? and **, and no braces, brackets, backslashes, ! or ~: write a list instead',
);
const host = text.regex(
  /^(\*\.)?[A-Za-z0-9:_-]+(\.[A-Za-z0-9:_-]+)*$/,
  'a host is docs.example.com, or *.example.com for all its subdomains',
);
const network = text.refine(isNetworkName, `a network is ${NETWORK_FORMS}`);
const command = z
  .string()
  .min(1)
  .max(4_096)
  .refine(
    (pattern) => isVerbatim(pattern) || (parsePattern(pattern) !== undefined && pattern.trim() !== '*'),
    'a command is the plain words of one command, as git status, and * at the end for any further arguments',
  );

const args = z
  .string()
  .max(MAX_ARGUMENTS, `arguments have at most ${MAX_ARGUMENTS} characters`)
  .refine((json) => canonicalArguments(json) !== undefined, 'arguments are a JSON object, as text');

const ruleSchema = z
  .strictObject({
    do: z.enum(['run', 'ask', 'refuse']),
    tool: several(tool),
    effect: z.union([z.enum(EFFECTS), z.array(z.enum(EFFECTS)).min(1)]),
    path: several(path),
    host: several(host),
    command: several(command),
    network: several(network),
    arguments: args,
    reason: z.string().min(1).max(500),
  })
  .partial()
  .required({ do: true })
  .refine(({ do: verdict, network: given }) => given === undefined || verdict === 'run', {
    message: 'only a rule with do = "run" gives a network',
    path: ['network'],
  }) satisfies z.ZodType<Rule>;

export const rulesSchema = z
  .array(ruleSchema)
  .max(MAX_RULES, `at most ${MAX_RULES} rules`)
  .refine((rules) => JSON.stringify(rules).length <= 4 * MAX_CHARACTERS && patternLength(rules) <= MAX_CHARACTERS, {
    message: `all patterns together have at most ${MAX_CHARACTERS} characters`,
    when: ({ issues }) => issues.length === 0,
  });

/** One sentence of a failed parse: which rule, counted from 1, and what is wrong there. */
export function problemOfRules(error: z.ZodError): string {
  const [issue] = error.issues;
  const at = issue?.path.find((part) => typeof part === 'number');
  const field = issue?.path.filter((part) => typeof part === 'string').at(-1);
  const where = at === undefined ? '' : `rule ${at + 1}${field === undefined ? '' : `, '${field}'`}: `;
  return `${where}${issue ? messageOf(issue) : 'it is not a list of rules'}`;
}

// ---

/** Of the several ways to write a value, the one that was tried. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const inner = issue.errors.find(([first]) => first !== undefined && first.code !== 'invalid_type')?.[0];
  return inner ? messageOf(inner) : issue.message;
}

function patternLength(rules: readonly Rule[]): number {
  return rules.reduce((sum, { tool, path, host, command, network }) => {
    return sum + [tool, path, host, command, network].flat().reduce((all, one) => all + (one?.length ?? 0), 0);
  }, 0);
}
