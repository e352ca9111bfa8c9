/**
 * Compaction by the model: which of the oldest rounds a summary is to replace, what the model reads for it, and the
 * conversation after it. The opening, the last rounds and the messages of a person stay as they are. Pure: an activity
 * decides, and workflow, activity and rebuild apply the same.
 */
import { chooseRounds, withoutRounds } from './compaction.js';
import { type Message, totalSize } from './conversation.js';
import { startOfReply } from './finish.js';
import type { Label } from './tool.js';

/** What a summary replaces. */
export interface Compaction {
  /** How many of the oldest rounds that are still there. */
  readonly rounds: number;
  /** Labels of the conversation at that point: they stay known. */
  readonly labels: readonly Label[];
}

/** Share of the room from which on a summary is made, and the share that the last rounds may keep. */
export const NEAR = 0.8;
const KEPT = 0.3;
/** A summary that would replace less than this share of the conversation is not worth its cost. */
const WORTH = 0.4;

const SUMMARY_SHARE = 0.25;
const SUMMARY_BYTES = 32 * 1024;

/** The bytes that a summary may have. */
export function summaryBytes(room: number): number {
  return Math.floor(Math.min(SUMMARY_BYTES, room * SUMMARY_SHARE));
}

/** @returns how many rounds a summary should replace; 0 when it would not help */
export function chooseCompaction(messages: readonly Message[], opening: number, room: number): number {
  const body = messages.slice(opening);
  const rounds = chooseRounds(body, room * KEPT, startOfReply(body));
  const { rest } = withoutRounds(body, rounds, [], '');
  const left = totalSize(rest) + summaryBytes(room);
  return rounds > 0 && totalSize(body) - totalSize(rest) >= WORTH * totalSize(body) && left <= room ? rounds : 0;
}

/** The messages up to the end of those rounds: the summary that an earlier one made is among them. */
export function headOf(messages: readonly Message[], opening: number, rounds: number): Message[] {
  const { gone } = withoutRounds(messages.slice(opening), rounds);
  const last = gone.at(-1);
  return last ? messages.slice(0, messages.lastIndexOf(last) + 1) : [];
}

export function applyCompaction(
  messages: readonly Message[],
  opening: number,
  { rounds, labels, summary }: Compaction & { readonly summary: string },
): Message[] {
  return [...messages.slice(0, opening), ...withoutRounds(messages.slice(opening), rounds, labels, summary).rest];
}
