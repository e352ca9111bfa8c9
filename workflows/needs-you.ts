/**
 * Tells the worker that a person is needed. Adds no event to history; may be lost when the worker dies at this moment,
 * and comes again with the same id after a replay that was not finished.
 */
import { proxySinks } from '@temporalio/workflow';
import type { Need, WorkerSinks } from '../src/domain/protocol.js';

export function needsYou(need: Omit<Need, 'at'>): void {
  proxySinks<WorkerSinks>().rookery.needsYou({ ...need, at: Date.now() });
}
