/** A model whose streamed text comes piece by piece, each when the test lets it. */
import type { ScriptReply } from './llm-server.js';

export interface Held {
  /** For a script, as often as it is asked. */
  readonly reply: ScriptReply;
  /** Pieces up to the n-th may come, in this and all later streams of the reply. */
  release(upTo: number): void;
  /** All of it. */
  finish(): void;
}

export function heldReply(pieces: readonly string[], more: Partial<ScriptReply> = {}): Held {
  let allowed = 0;
  const waiting = new Set<{ n: number; go: () => void }>();
  const release = (upTo: number): void => {
    allowed = Math.max(allowed, upTo);
    for (const one of waiting) if (one.n < allowed && waiting.delete(one)) one.go();
  };
  const hold = (n: number): Promise<void> =>
    n < allowed ? Promise.resolve() : new Promise((go) => waiting.add({ n, go }));
  return {
    reply: { content: pieces.join(''), pieces, hold, ...more },
    release,
    finish: () => release(Number.POSITIVE_INFINITY),
  };
}
