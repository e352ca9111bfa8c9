/** The labels of a conversation so far: private data, untrusted content. Pure. */
import type { Message } from './conversation.js';
import type { Label } from './tool.js';

/** `yields`: the labels of the output of a tool by name; the output of an unknown tool may have any. */
export function labelsOf(
  messages: readonly Message[],
  yields: (tool: string) => readonly Label[] | undefined,
): Label[] {
  const labels = new Set<Label>();
  const tools = new Map<string, string>();
  // Few tools have many outputs, and each iteration looks at all of them.
  const used = new Set<string>();
  for (const message of messages) {
    if (message.role === 'assistant') for (const call of message.calls ?? []) tools.set(call.id, call.name);
    if (message.role === 'user') for (const label of message.removed?.labels ?? []) labels.add(label);
    // A refused call has shown nothing.
    if (message.role === 'tool' && message.outcome !== 'refused') used.add(tools.get(message.call) ?? '');
  }
  for (const tool of used) for (const label of yields(tool) ?? ANY) labels.add(label);
  return [...labels].sort();
}

// ---

const ANY: readonly Label[] = ['private', 'untrusted'];
