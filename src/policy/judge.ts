/**
 * The policy decision for each call: `run`, `ask` or `refuse`. Pure data in, a ruling out: hard limits, then the rules
 * of the policy in order, then what runs later, then --allow, then defaults, then the rule of two. Fails closed. A
 * verdict from elsewhere is no authority; the tool runner asks here again.
 */
import { type Authority, keyOf } from './allow.js';
import { byDefault } from './defaults.js';
import { asksFirst, fenced } from './hard-limits.js';
import { matches, speaksOf, type TouchedThings } from './matching.js';
import { placeOf } from './places.js';
import type { Judged, OriginatedRule, Policy, PolicyQuestion, Ruling } from './rule.js';
import { parseCommandLine } from './shell/parse.js';

export type { Authority } from './allow.js';
export { allowsSecrets, checkAllow } from './allow.js';
export type { Judged, PolicyQuestion, Ruling } from './rule.js';

export function judge(policy: Policy, question: PolicyQuestion): Ruling {
  const seen = look(question);
  const fence = fenced(question, seen);
  if (fence) return fence;
  if (!question.authority.signed) return unsigned(policy, question, seen);
  const ruling =
    byRules(policy, question, seen) ?? asksFirst(question, seen) ?? byAllow(question) ?? byDefault(question, seen);
  return confirmed(question, tainted(question, ruling));
}

/** The tools that the model is told of: it should not spend replies on what is refused whatever the arguments. */
export function offered<T extends Judged>(policy: Policy, tools: Iterable<T>, authority: Authority): T[] {
  return [...tools].filter((tool) => (authority.signed ? mayPass(policy, tool) : tool.effect === 'read'));
}

// ---

function look({ touches, workspace, args }: PolicyQuestion): TouchedThings {
  const { paths = [], hosts = [], command } = touches;
  return {
    places: paths.map((path) => placeOf(workspace, path)),
    hosts: hosts.map((host) => host.toLowerCase().replace(/\.$/, '')),
    line: command === undefined ? undefined : { text: command, parsed: parseCommandLine(command) },
    args,
  };
}

/** No person made such a start: it may read the workspace, and rules can only restrict that. */
function unsigned(policy: Policy, question: PolicyQuestion, seen: TouchedThings): Ruling {
  const { tool } = question;
  const beneath = seen.places.length > 0 && seen.places.every(({ inside }) => inside !== undefined);
  const ruled = byRules(policy, question, seen);
  if (tool.effect === 'read' && beneath && (ruled === undefined || ruled.verdict === 'run'))
    return byDefault(question, seen);
  const reason = `The start of this task is not signed, so the tool '${tool.name}' may not do this.`;
  return { verdict: 'refuse', reason, rule: 'unsigned start' };
}

function byRules({ rules }: Policy, { tool }: PolicyQuestion, seen: TouchedThings): Ruling | undefined {
  for (const rule of rules) {
    const match = matches(rule, tool, seen);
    if (match === 'yes') return { verdict: rule.do, reason: reasonOf(rule), rule: rule.origin };
    if (match === 'maybe' && rule.do !== 'run') {
      const reason = `It may be what ${rule.origin} is about, and it cannot be read for sure.`;
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

/** After private data and untrusted content were read, calls with outside effects need approval. */
function tainted({ tool, labels }: PolicyQuestion, ruling: Ruling): Ruling {
  const both = labels.includes('private') && labels.includes('untrusted');
  if (ruling.verdict !== 'run' || tool.effect === 'read' || !both) return ruling;
  const reason = 'This task has read private files and text of strangers, which may hold instructions of theirs.';
  return { verdict: 'ask', reason, rule: 'rule of two' };
}

function confirmed({ authority }: PolicyQuestion, ruling: Ruling): Ruling {
  if (ruling.verdict !== 'ask' || !authority.yes) return ruling;
  return { verdict: 'run', reason: `Confirmed beforehand by --yes. ${ruling.reason}`, rule: `--yes (${ruling.rule})` };
}

/** @returns whether some call of the tool would run or ask. */
function mayPass({ rules }: Policy, tool: Judged): boolean {
  for (const rule of rules) {
    if (!speaksOf(rule, tool)) continue;
    const { path, host, command, arguments: args } = rule;
    const always = [path, host, command, args].every((condition) => condition === undefined);
    if (always || rule.do !== 'refuse') return rule.do !== 'refuse';
  }
  return true;
}
