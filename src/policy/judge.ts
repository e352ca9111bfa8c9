/**
 * The policy decision for each call: `run`, `ask` or `refuse`. The first of these decides: hard limits, rules of the
 * policy in order, files that other tools run later, --allow, defaults. Then the rule of two may turn `run` into
 * `ask`, and --yes turns `ask` into `run`. An unsigned start only reads in the workspace. Fails closed. An earlier
 * decision has no authority: the tool runner judges each call again.
 */
import { type Authority, keyOf } from './allow.js';
import { byDefault } from './defaults.js';
import { asksFirst, hardLimit } from './hard-limits.js';
import { appliesTo, matches, type TouchedThings } from './matching.js';
import { placeOf } from './places.js';
import type { Judged, OriginatedRule, Policy, PolicyQuestion, Ruling } from './rule.js';
import { parseCommandLine } from './shell/parse.js';

export type { Authority } from './allow.js';
export { allowsSecrets, checkAllow } from './allow.js';
export type { Judged, PolicyQuestion, Ruling } from './rule.js';

export function judge(policy: Policy, question: PolicyQuestion): Ruling {
  const seen = touchedThings(question);
  const limit = hardLimit(question, seen);
  if (limit) return limit;
  if (!question.authority.signed) return judgeUnsigned(policy, question, seen);
  const ruling =
    byRules(policy, question, seen) ?? asksFirst(question, seen) ?? byAllow(question) ?? byDefault(question, seen);
  return applyYes(question, applyRuleOfTwo(question, ruling));
}

/** What nothing overrides; undefined: the policy decides. */
export function limitOf(question: PolicyQuestion): Ruling | undefined {
  return hardLimit(question, touchedThings(question));
}

/** The tools to offer to the model: those that are not refused whatever the arguments. */
export function offered<T extends Judged>(policy: Policy, tools: Iterable<T>, authority: Authority): T[] {
  const all = [...tools].filter((tool) => (authority.signed ? mayPass(policy, tool) : tool.effect === 'read'));
  return all.some(({ name }) => name === 'shell') ? all : all.filter(({ name }) => !WITH_SHELL.includes(name));
}

// ---

/** They see nothing but what `shell` has started. */
const WITH_SHELL: readonly string[] = ['shell_output', 'shell_kill'];

function touchedThings({ touches, workspace, args }: PolicyQuestion): TouchedThings {
  const { paths = [], hosts = [], command } = touches;
  return {
    places: paths.map((path) => placeOf(workspace, path)),
    hosts: hosts.map((host) => host.toLowerCase().replace(/\.$/, '')),
    line: command === undefined ? undefined : { text: command, parsed: parseCommandLine(command) },
    args,
  };
}

/** An unsigned start may only read in the workspace, and rules can only restrict that. */
function judgeUnsigned(policy: Policy, question: PolicyQuestion, seen: TouchedThings): Ruling {
  const { tool } = question;
  const isInWorkspace = seen.places.length > 0 && seen.places.every(({ inside }) => inside !== undefined);
  const ruling = byRules(policy, question, seen);
  if (tool.effect === 'read' && isInWorkspace && (ruling === undefined || ruling.verdict === 'run'))
    return byDefault(question, seen);
  const reason = `The start of this task is not signed, so the tool '${tool.name}' may not do this.`;
  return { verdict: 'refuse', reason, rule: 'unsigned start' };
}

function byRules({ rules }: Policy, { tool, decided }: PolicyQuestion, seen: TouchedThings): Ruling | undefined {
  if (decided) return decided;
  for (const rule of rules) {
    const match = matches(rule, tool, seen);
    if (match === 'yes') return { verdict: rule.do, reason: reasonOf(rule), rule: rule.origin };
    if (match === 'maybe' && rule.do !== 'run') {
      const reason = `It may match ${rule.origin}, and it cannot be analysed reliably.`;
      return { verdict: 'ask', reason, rule: rule.origin };
    }
  }
  return undefined;
}

function reasonOf(rule: OriginatedRule): string {
  return rule.reason ?? `${rule.origin.replace(/^./, (first) => first.toUpperCase())} says ${rule.do}.`;
}

function byAllow({ tool, authority }: PolicyQuestion): Ruling | undefined {
  const key = keyOf(tool, authority);
  return key === undefined
    ? undefined
    : { verdict: 'run', reason: `Allowed by --allow ${key}.`, rule: `--allow ${key}` };
}

/** The rule of two: once private data and untrusted content were read, every call but reads needs approval. */
function applyRuleOfTwo({ tool, labels }: PolicyQuestion, ruling: Ruling): Ruling {
  const both = labels.includes('private') && labels.includes('untrusted');
  if (ruling.verdict !== 'run' || tool.effect === 'read' || !both) return ruling;
  const reason = 'This task has read private files and untrusted content, which may contain instructions.';
  return { verdict: 'ask', reason, rule: 'rule of two' };
}

function applyYes({ authority }: PolicyQuestion, ruling: Ruling): Ruling {
  if (ruling.verdict !== 'ask' || !authority.yes) return ruling;
  return { verdict: 'run', reason: `Confirmed in advance by --yes. ${ruling.reason}`, rule: `--yes (${ruling.rule})` };
}

/** @returns whether the rules leave any call of the tool that is not refused */
function mayPass({ rules }: Policy, tool: Judged): boolean {
  for (const rule of rules) {
    if (!appliesTo(rule, tool)) continue;
    const { path, host, command, arguments: args } = rule;
    const isUnconditional = [path, host, command, args].every((condition) => condition === undefined);
    if (isUnconditional || rule.do !== 'refuse') return rule.do !== 'refuse';
  }
  return true;
}
