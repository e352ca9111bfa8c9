/** Turns a person's "always" into a rule: the tool says what the call touches, the policy how narrow the rule is. */

import { sentenceOf } from '../domain/errors.js';
import type { Approval } from '../domain/messages.js';
import { quoted } from '../domain/visible.js';
import type { Paths } from '../mirror/paths.js';
import { rememberRule } from '../policy/remembered.js';
import type { Rule } from '../policy/rule.js';
import { ruleFor } from '../policy/rule-for.js';
import { createTools } from '../tools/catalogue.js';

type ApprovalCall = Pick<Approval, 'tool' | 'args' | 'workspace'>;

export interface Rememberable {
  /** What "always" would remember, in words; or why no such rule is possible. */
  readonly text: string;
  /** The tool is known by its arguments alone, so that a rule for any arguments can be chosen. */
  readonly byArguments: boolean;
}

/** Describes the rule without storing it. */
export async function rememberable(call: ApprovalCall): Promise<Rememberable> {
  const widest = await ruleOf(call, true);
  const byArguments = widest.path === undefined && widest.host === undefined && widest.command === undefined;
  try {
    return { text: textOf(await ruleOf(call, false)), byArguments };
  } catch (error) {
    return { text: `nothing. ${sentenceOf(error)}`, byArguments };
  }
}

/** `rule` in words, or why it could not be stored: the decision itself has already taken effect. */
export async function rememberAlways(
  paths: Paths,
  call: ApprovalCall,
  anyArguments: boolean,
): Promise<{ readonly text: string; readonly problem?: string }> {
  try {
    const rule = await ruleOf(call, anyArguments);
    await rememberRule(paths.policy, rule);
    return { text: textOf(rule) };
  } catch (error) {
    return { text: '', problem: `The rule could not be remembered: ${sentenceOf(error)}` };
  }
}

// ---

async function ruleOf({ tool: name, args, workspace }: ApprovalCall, anyArguments: boolean): Promise<Rule> {
  const tool = (await createTools({ env: {} })).get(name);
  const touches = tool?.touches(args) ?? {};
  const effect = tool?.effect ?? 'network';
  const authority = { allow: [], signed: true, yes: false };
  const question = {
    tool: { name, effect },
    touches,
    args,
    authority,
    labels: [],
    workspace,
    own: [],
    sandboxed: false,
  };
  return ruleFor(question, 'remembered by --always', anyArguments);
}

function textOf({ do: verdict, reason: _, ...conditions }: Rule): string {
  const parts = Object.entries(conditions).map(([name, value]) =>
    // It is already JSON: quoting it again would make it unreadable.
    name === 'arguments' ? `arguments ${quoted(JSON.parse(String(value)))}` : `${name} ${quoted(value)}`,
  );
  const condition =
    conditions.arguments ?? conditions.path ?? conditions.host ?? conditions.command ?? conditions.network;
  return `${verdict} ${[...parts, ...(condition === undefined ? ['any arguments'] : [])].join(', ')}`;
}
