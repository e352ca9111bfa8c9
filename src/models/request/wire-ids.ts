/**
 * Call ids and tool names as every provider accepts them. A provider's own id goes back only to the provider and model that
 * made it; every other call has an id of nine alphanumerics, which Mistral demands and all others accept.
 */
import type { Call, Message } from '../../domain/conversation.js';
import type { ModelIdentity } from '../connection.js';

/** An id for each call, unique within the request; the same for a call in every later request to that model. */
export function wireIds(
  messages: readonly Message[],
  { provider, model, adapter }: Pick<ModelIdentity, 'provider' | 'model' | 'adapter'>,
): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const used = new Set<string>();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    const own = message.origin?.provider === provider && message.origin.model === model;
    for (const call of message.calls ?? []) {
      const keep = own && (ALLOWED[adapter] ?? ANY).test(call.wire_id) && !used.has(call.wire_id);
      const id = keep ? call.wire_id : freshId(call, used);
      used.add(id);
      ids.set(call.id, id);
    }
  }
  return ids;
}

/** A name that every provider accepts in a call of an earlier reply; the tool of that name need not exist. */
export function wireName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'unnamed';
}

// --- internal ---

const ANY = /^[\w.:-]{1,64}$/;

/** Stricter providers: an endpoint that only speaks their protocol may have made another id. */
const ALLOWED: Readonly<Partial<Record<ModelIdentity['adapter'], RegExp>>> = {
  anthropic: /^[\w-]{1,64}$/,
  mistral: /^[a-zA-Z0-9]{9}$/,
};

function freshId(call: Call, used: ReadonlySet<string>): string {
  for (let n = 0; ; n++) {
    const id = nine(n === 0 ? call.id : `${call.id} ${n}`);
    if (!used.has(id)) return id;
  }
}

/** FNV-1a with 64 bits, in base 36. */
function nine(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const unit of text) hash = BigInt.asUintN(64, (hash ^ BigInt(unit.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return hash.toString(36).padStart(9, '0').slice(-9);
}
