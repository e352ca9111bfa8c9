/**
 * For models without native tools: the conversation in RavenClaws' text protocol.
 * Roles alternate, as the templates of many local models demand.
 */
import type { FilePart, TextPart } from 'ai';
import type { Message } from '../../domain/conversation.js';
import { renderObservation, renderTextCall, textProtocolInstructions } from '../../domain/text-protocol.js';
import type { ToolSpec } from '../../domain/tool.js';
import type { Talk } from '../converse.js';
import { instructionsOf, userParts } from './wire.js';

export function textTalk(messages: readonly Message[], tools: readonly ToolSpec[]): Talk {
  const instructions = [instructionsOf(messages), textProtocolInstructions(tools)].filter(Boolean).join('\n\n');
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role !== 'system')
      addTurn(turns, message.role === 'assistant' ? 'assistant' : 'user', partsOf(message));
  }
  const wire = turns.map((turn) =>
    turn.role === 'user'
      ? { role: turn.role, content: turn.parts }
      : { role: turn.role, content: turn.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') },
  );
  return { instructions: instructions || undefined, messages: wire, tools: [] };
}

// --- internal ---

type Part = TextPart | FilePart;

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly parts: Part[];
}

function partsOf(message: Exclude<Message, { role: 'system' }>): Part[] {
  if (message.role === 'user') return userParts(message);
  if (message.role === 'tool') return [{ type: 'text', text: renderObservation(message.outcome, message.content) }];
  const calls = (message.calls ?? []).map((call) => renderTextCall(call.name, call.args));
  return [{ type: 'text', text: [message.content, ...calls].filter((text) => text !== '').join('\n') }];
}

function addTurn(turns: Turn[], role: Turn['role'], parts: readonly Part[]): void {
  const last = turns.at(-1);
  if (last?.role !== role) return void turns.push({ role, parts: [...parts] });
  for (const part of parts) {
    const before = last.parts.at(-1);
    if (part.type === 'text' && before?.type === 'text') {
      last.parts[last.parts.length - 1] = { type: 'text', text: `${before.text}\n\n${part.text}` };
    } else last.parts.push(part);
  }
}
