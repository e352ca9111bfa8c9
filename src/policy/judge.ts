/**
 * The policy decision for each call: `run`, `ask` or `refuse`. The first of these decides: hard limits, rules of the
 * policy in order, files that other tools run later, --allow, defaults. A command that asks for protected files to be
 * writable always asks. Then the rule of two may turn `run` into
 * `ask`, and --yes turns `ask` into `run`. An unsigned start only reads in the workspace. Fails closed. An earlier
 * decision has no authority: the tool runner judges each call again.
 */
import { type Authority, keyOf } from './allow.js';
import { byDefault } from './defaults.js';
import { asksFirst, hardLimit, restoresProtected } from './hard-limits.js';
import { appliesTo, matches, type TouchedThings } from './matching.js';
import { describeNetwork, entriesOf, firstLocal, namesAllowed, overlaps, uncovered } from './network.js';
import { placeOf } from './places.js';
import { type Judged, listOf, type OriginatedRule, type Policy, type PolicyQuestion, type Ruling } from './rule.js';
import { parseCommandLine } from './shell/parse.js';

export type { Authority } from './allow.js';
export { allowsSecrets, checkAllow } from './allow.js';
export type { Judged, PolicyQuestion, Ruling } from './rule.js';

export function judge(policy: Policy, question: PolicyQuestion): Ruling {
  const seen = touchedThings(question);
  const limit = hardLimit(question, seen);
  if (limit) return limit;
  if (!question.authority.signed) return judgeUnsigned(policy, question, seen);
  const restoring = restoresProtected(question, seen);
  if (restoring) {
    const byRule = byRules(policy, question, seen);
    // Neither a rule nor --yes lets a command out of the protection.
    return restoring.verdict === 'ask' && byRule?.verdict === 'refuse' ? byRule : restoring;
  }
  const ruling =
    byRulesAndNetwork(policy, question, seen) ??
    asksFirst(question, seen) ??
    byAllow(question) ??
    byDefault(question, seen);
  return applyYes(question, applyRuleOfTwo(question, ruling));
}

/** What nothing overrides; undefined: the policy decides. */
export function limitOf(question: PolicyQuestion): Ruling | undefined {
  return hardLimit(question, touchedThings(question));
}

/**
 * What a command in the sandbox reaches without asking for it: what the signed start allows, and what the rule that lets
 * it run gives. What an earlier rule refuses or asks about is left out.
 */
export function reachable({ rules }: Policy, question: Omit<PolicyQuestion, 'labels'>): string[] {
  const { tool, authority, sandboxed, registries } = question;
  const seen = touchedThings(question);
  if (!authority.signed || !sandboxed || !seen.line) return [];
  const at = rules.findIndex((rule) => matches(rule, tool, seen) !== 'no');
  const giving = rules[at];
  const isFree = (given: readonly OriginatedRule[]) => (name: string) =>
    !given.some((rule) => rule.do !== 'run' && appliesTo(rule, tool) && meansHost(rule, name));
  const meansHost = (rule: OriginatedRule, name: string): boolean =>
    entriesOf([name], registries).some((entry) => listOf(rule.host).some((pattern) => overlaps(pattern, entry)));
  const byRule = giving?.do === 'run' ? listOf(giving.network).filter(isFree(rules.slice(0, at))) : [];
  return [...new Set([...namesAllowed(authority.allow).filter(isFree(rules)), ...byRule])];
}

/** The tools to offer to the model: those that are not refused whatever the arguments. */
export function offered<T extends Judged>(policy: Policy, tools: Iterable<T>, authority: Authority): T[] {
  const all = [...tools].filter((tool) => (authority.signed ? mayPass(policy, tool) : tool.effect === 'read'));
  return all.some(({ name }) => name === 'shell') ? all : all.filter(({ name }) => !WITH_SHELL.includes(name));
}

// ---

/** They see nothing but what `shell` has started. */
const WITH_SHELL: readonly string[] = ['shell_output', 'shell_kill'];

function touchedThings(question: Omit<PolicyQuestion, 'labels'>): TouchedThings {
  const { touches, workspace, args, sandboxed, registries } = question;
  const { paths = [], command, network = [] } = touches;
  const asked = entriesOf(network, registries);
  const hosts = [...(touches.hosts ?? []), ...asked.map(({ host, wildcard }) => (wildcard ? `*.${host}` : host))];
  return {
    network: sandboxed ? asked : [],
    registries,
    places: paths.map((path) => placeOf(workspace, path)),
    hosts: hosts.map((host) => host.toLowerCase().replace(/\.$/, '')),
    line: command === undefined ? undefined : { text: command, parsed: parseCommandLine(command) },
    args,
  };
}

/** What a call asks of the network must be covered by the rule that lets it run, or by --allow. */
function byRulesAndNetwork(policy: Policy, question: PolicyQuestion, seen: TouchedThings): Ruling | undefined {
  const ruled = byRules(policy, question, seen);
  if (ruled?.verdict === 'run' || ruled?.verdict === 'refuse') return ruled;
  const { authority, registries, touches } = question;
  const missing = uncovered(seen.network, entriesOf(namesAllowed(authority.allow), registries));
  const names = touches.network ?? [];
  const local = firstLocal(names, missing);
  if (local !== undefined) {
    const reason = `${local} is not a name of the public internet: only --allow network:${local} or a rule gives it.`;
    return { verdict: 'refuse', reason, rule: 'default: addresses and localhost' };
  }
  if (ruled || missing.length === 0) return ruled;
  const reason = `The command asks for the network: ${describeNetwork(names, registries)}.`;
  return { verdict: 'ask', reason, rule: 'default: the network of a command asks' };
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
