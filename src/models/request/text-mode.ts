/**
 * For models without native tools: the conversation in RavenClaws' text protocol.
 * Roles alternate, as the templates of many local models demand.
 */
import type { Message } from '../../domain/conversation.js';
import { renderObservation, renderTextCall, textProtocolInstructions } from '../../domain/text-protocol.js';
import type { ToolSpec } from '../../domain/tool.js';
import type { Talk } from '../converse.js';
import { instructionsOf, type PromptMessage, type PromptPart, userParts } from './wire.js';

export function textTalk(messages: readonly Message[], tools: readonly ToolSpec[]): Talk {
  const instructions = [instructionsOf(messages), textProtocolInstructions(tools)].filter(Boolean).join('\n\n');
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role !== 'system')
      addTurn(turns, message.role === 'assistant' ? 'assistant' : 'user', partsOf(message));
  }
  // The parts of a turn of the assistant are one text.
  return { instructions: instructions || undefined, messages: turns.map(toWire), tools: [] };
}

// --- internal ---

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly parts: PromptPart[];
}

const toWire = ({ role, parts }: Turn): PromptMessage => ({ role, content: parts });

function partsOf(message: Exclude<Message, { role: 'system' }>): PromptPart[] {
  if (message.role === 'user') return userParts(message);
  if (message.role === 'tool') return [{ type: 'text', text: renderObservation(message.outcome, message.content) }];
  const calls = (message.calls ?? []).map((call) => renderTextCall(call.name, call.args));
  return [{ type: 'text', text: [message.content, ...calls].filter((text) => text !== '').join('\n') }];
}

function addTurn(turns: Turn[], role: Turn['role'], parts: readonly PromptPart[]): void {
  const last = turns.at(-1);
  if (last?.role !== role) return void turns.push({ role, parts: [...parts] });
  for (const part of parts) {
    const before = last.parts.at(-1);
    if (part.type === 'text' && before?.type === 'text') {
      last.parts[last.parts.length - 1] = { type: 'text', text: `${before.text}\n\n${part.text}` };
    } else last.parts.push(part);
  }
}
