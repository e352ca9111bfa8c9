/** When a wait for a person expires: a time in milliseconds since 1970, or never. Pure. */
import { microsOfMillis, timestampOf } from './timestamp.js';

/** A wait without a time limit expires then: a number, because it is signed and carried as one. */
export const NO_EXPIRY = Number.MAX_SAFE_INTEGER;

/** @returns null for a wait without a time limit */
export function stampOfExpiry(expires: number): string | null {
  return expires === NO_EXPIRY ? null : timestampOf(microsOfMillis(expires));
}
