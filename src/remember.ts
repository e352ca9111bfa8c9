/** Turns a person's "always" into a rule: what the call touches says its tool, how narrow the rule is says the policy. */

import type { Approval } from './domain/approval.js';
import { sentenceOf } from './domain/errors.js';
import type { Paths } from './mirror/paths.js';
import { rememberRule } from './policy/remembered.js';
import type { Rule } from './policy/rule.js';
import { ruleFor } from './policy/rule-for.js';
import { createTools } from './tools/catalogue.js';

/** `rule` in words, or why it could not be kept: the decision itself has had its effect by then. */
export async function rememberAlways(
  paths: Paths,
  { tool: name, args, workspace }: Approval,
): Promise<{ readonly text: string; readonly problem?: string }> {
  const tool = createTools({ env: {} }).get(name);
  const touches = tool?.touches(args) ?? {};
  const effect = tool?.effect ?? 'network';
  const rule = ruleFor({ tool: { name, effect }, touches, workspace }, 'remembered by --always');
  try {
    await rememberRule(paths.policy, rule);
    return { text: textOf(rule) };
  } catch (error) {
    return { text: '', problem: `The rule could not be remembered: ${sentenceOf(error)}` };
  }
}

// ---

function textOf({ do: verdict, reason: _, ...conditions }: Rule): string {
  const said = Object.entries(conditions).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `${verdict} ${said.join(', ')}`;
}
