/** What has come into a conversation so far: private data, words of strangers. Pure. */
import type { Message } from './conversation.js';
import type { Label } from './tool.js';

/** `yields`: what the output of a tool of that name brings; of a tool that is not known here anything may have come. */
export function labelsOf(
  messages: readonly Message[],
  yields: (tool: string) => readonly Label[] | undefined,
): Label[] {
  const labels = new Set<Label>();
  const tools = new Map<string, string>();
  for (const message of messages) {
    if (message.role === 'assistant') for (const call of message.calls ?? []) tools.set(call.id, call.name);
    if (message.role === 'user') for (const label of message.removed?.labels ?? []) labels.add(label);
    // What was refused has shown nothing.
    if (message.role !== 'tool' || message.outcome === 'refused') continue;
    for (const label of yields(tools.get(message.call) ?? '') ?? ANY) labels.add(label);
  }
  return [...labels].sort();
}

// ---

const ANY: readonly Label[] = ['private', 'untrusted'];
