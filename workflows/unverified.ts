/**
 * Signals of a person whose signatures have not been verified yet, in their order and bounded: any client can send one with
 * any content. Schedules nothing.
 */
import { patched } from '@temporalio/workflow';
import type { ControlMessage } from '../src/domain/control.js';

export interface Arrived {
  readonly control: ControlMessage;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How many pauses came before: an unpause ends no later one. */
  readonly pauses: number;
}

/** Of all senders together. A sender that sees no effect repeats its own. */
const KEPT = 32;
/**
 * More of them only with what looks like a signature: without a worker all of them wait. A sender that finds a quarter of
 * these places taken is refused, so that what has a receipt has a place.
 */
const KEPT_SIGNED = 512;
const KEPT_SIGNED_UNITS = 4 * 1024 * 1024;
/** Bytes of what one activity verifies, and of what a new run is given; one message is always let through. */
const BATCH_BYTES = 512 * 1024;

export class Unverified {
  readonly #kept: Sized[] = [];

  get controls(): ControlMessage[] {
    return this.#kept.map(({ control }) => control);
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** All of it fits into what a new run is given. */
  get isSmall(): boolean {
    return this.#kept.length <= 1 || bytesOf(this.#units) <= BATCH_BYTES;
  }

  /** Does nothing when there is no place for it. */
  add(arrived: Arrived): void {
    const units = JSON.stringify(arrived.control).length;
    if (this.#hasPlaceFor(arrived.control, units)) this.#kept.push({ ...arrived, units });
  }

  /** What is verified next. */
  batch(): readonly Arrived[] {
    let bytes = 0;
    return this.#kept.filter(({ units }, n) => {
      bytes += bytesOf(units);
      return n === 0 || bytes <= BATCH_BYTES;
    });
  }

  /** The first ones have been verified. */
  drop(count: number): void {
    this.#kept.splice(0, count);
  }

  get #units(): number {
    return this.#kept.reduce((sum, { units }) => sum + units, 0);
  }

  #hasPlaceFor({ message }: ControlMessage, units: number): boolean {
    if (this.#kept.length < KEPT) return true;
    if (message.signature === undefined || this.#kept.length >= KEPT_SIGNED) return false;
    // A run that an older version began has dropped it.
    return this.#units + units <= KEPT_SIGNED_UNITS && patched('kept-messages');
  }
}

// ---

interface Sized extends Arrived {
  /** Code units as JSON. */
  readonly units: number;
}

/** At most, as UTF-8. */
function bytesOf(units: number): number {
  return units * 3;
}
