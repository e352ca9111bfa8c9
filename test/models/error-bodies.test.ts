/**
 * Error bodies of many providers and gateways: each becomes the right code and wait, and a person sees its words. The
 * texts in `error-bodies.jsonl` are our own, built from public patterns.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ErrorCode } from '../../src/domain/errors.js';
import { errorOf, modelAt, question, serve } from './support.js';

interface ErrorBody {
  readonly from: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes out as JSON. */
  readonly body: unknown;
  readonly code: ErrorCode;
  readonly waitMs?: number;
  /** Of the provider's words, what a person must see. */
  readonly shows: string;
}

/** The dates in the bodies are later. */
const NOW = new Date('2026-11-27T00:00:00Z');

const BODIES = readFileSync(new URL('./error-bodies.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as ErrorBody);

beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

test.each(BODIES.map((body) => [`${body.from} (${body.status}): ${body.code}`, body] as const))(
  '%s',
  async (_, { status, headers = {}, body, code, shows, waitMs }) => {
    const server = await serve({ status, headers, body });
    const found = await errorOf(modelAt(server).ask(question()));
    expect(found).toMatchObject({ code, message: expect.stringContaining(shows) });
    expect(found.retryAfterMs).toBe(waitMs);
    expect(found.message).not.toContain('private');
    expect(server.requests).toHaveLength(1);
  },
);
