/**
 * Turns a provider's reply into an accepted reply: fresh call ids, bounded sizes, a policy decision for each call. Runs
 * nothing.
 */
import { randomUUID } from 'node:crypto';
import type { JudgedCall } from '../src/domain/activity-calls.js';
import {
  type AssistantMessage,
  type Call,
  type OriginPart,
  type ReplyOrigin,
  utf8Length,
} from '../src/domain/conversation.js';
import { FIXED } from '../src/domain/limits.js';
import type { Label } from '../src/domain/tool.js';
import { resolveToolName } from '../src/domain/tool-names.js';
import { visibleLine } from '../src/domain/visible.js';
import { wellFormed } from '../src/domain/wire.js';
import type { Reply, RequestedCall } from '../src/models/model.js';
import type { Tool } from '../src/tools/tool.js';
import type { AdmittedTask } from './admission.js';
import { prepare } from './execute-tool.js';
import type { ActivityDeps } from './ports.js';

export function toAssistantMessage(deps: ActivityDeps, reply: Reply): AssistantMessage {
  const content = bounded(deps.redact(wellFormed(reply.content)));
  const origin = originOf(deps, reply);
  if (reply.calls.length === 0) return { role: 'assistant', content, ...origin };
  let bytesLeft: number = FIXED.replyCallBytes;
  const calls = reply.calls.slice(0, FIXED.replyCalls).map((requested) => {
    const call = toCall({ ...requested, name: nameOf(deps, requested.name) }, bytesLeft);
    bytesLeft -= utf8Length(JSON.stringify(call.args));
    return call;
  });
  return { role: 'assistant', content, calls, ...origin };
}

export async function judgeCall(
  deps: ActivityDeps,
  task: AdmittedTask,
  request: { readonly call: Call; readonly labels: readonly Label[] },
): Promise<JudgedCall> {
  const { call } = request;
  const refuse = (reason: string): JudgedCall => ({ call: call.id, verdict: 'refuse', reason, placement: 'inline' });
  if (!deps.tools.find(call.name)) {
    const absent = deps.tools.whyUnavailable(call.name);
    if (absent !== undefined) return refuse(`${absent}, so its tools are not available.`);
    return refuse(`There is no tool '${call.name.slice(0, 60)}'. Tools: ${[...deps.tools.all.keys()].join(', ')}.`);
  }
  const prepared = await prepare(deps, task, request);
  if (prepared.kind === 'refused') return refuse(prepared.observation.content);
  const { tool, args } = prepared;
  const traces = leavesTraces(tool) ? { traces: true as const } : {};
  if (prepared.kind === 'ready' && tool.placement === 'inline') {
    return { call: call.id, verdict: 'run', placement: 'inline', ...traces };
  }
  const summary = visibleLine(deps.redact(`${tool.name} · ${tool.summary(args)}`)).slice(0, 80);
  const judged = { call: call.id, placement: 'activity', replay: tool.replay, summary, ...traces } as const;
  if (prepared.kind === 'ready') return { ...judged, verdict: 'run' };
  const question = prepared.kind === 'question' ? { question: true as const } : {};
  return { ...judged, verdict: 'ask', reason: deps.redact(prepared.reason), ...question };
}

/** The workflow treats a call as inline unless its `JudgedCall` says otherwise. */
export function runsInline({ verdict, placement, traces }: JudgedCall): boolean {
  return verdict === 'run' && placement === 'inline' && !traces;
}

// ---

/** The claims tell it of unsafe calls. */
function leavesTraces({ replay, effect }: Tool): boolean {
  return replay === 'safe' && (effect === 'write' || effect === 'execute');
}

/** Reasoning enters history, so keys are removed from it. Signed, it is whole or not at all. */
function originOf(deps: ActivityDeps, { origin }: Reply): { readonly origin?: ReplyOrigin } {
  if (origin === undefined) return {};
  const parts = origin.parts.map((part) => withoutKeys(deps, part));
  if (parts.every((part, at) => part === origin.parts[at])) return { origin };
  const signed = origin.parts.some(({ options }) => options !== undefined);
  return { origin: { ...origin, parts: signed ? [] : parts } };
}

/** @returns the same part when there is no key in it */
function withoutKeys(deps: ActivityDeps, part: OriginPart): OriginPart {
  if (part.kind !== 'reasoning') return part;
  const text = deps.redact(part.text);
  return text === part.text ? part : { ...part, text };
}

/** The name of the tool that is meant: policy, approvals and claims go by it. A tool that is not there yet is waited for. */
function nameOf({ tools }: ActivityDeps, said: string): string {
  return (tools.whyUnavailable(said) === undefined ? resolveToolName(said, tools.all.keys()) : undefined) ?? said;
}

function toCall({ wire_id, name, args, problem }: RequestedCall, bytesLeft: number): Call {
  const base = { id: randomUUID(), wire_id: wire_id.slice(0, 128), name: wellFormed(name).slice(0, 128) };
  const size = utf8Length(JSON.stringify(args) ?? '');
  if (size > Math.min(FIXED.callBytes, bytesLeft)) {
    const limit = Math.min(FIXED.callBytes, Math.max(bytesLeft, 0));
    return {
      ...base,
      args: {},
      problem: `The arguments are ${size} bytes, more than the ${limit} that are left. Send less at a time.`,
    };
  }
  return problem ? { ...base, args, problem } : { ...base, args };
}

function bounded(content: string): string {
  if (utf8Length(JSON.stringify(content)) <= FIXED.replyBytes) return content;
  // Cut so that it fits even if each code unit takes six bytes.
  return `${[...content.slice(0, FIXED.replyBytes / 6)].slice(0, -1).join('')}\n[the rest of this reply was cut: over ${FIXED.replyBytes} bytes]`;
}
