/**
 * What the workflow tells the worker that runs it, past its history: it costs no event and no byte there, and may be lost.
 */
import { proxySinks } from '@temporalio/workflow';
import type { WorkerSinks } from '../src/domain/protocol.js';

export const { rookery: worker } = proxySinks<WorkerSinks>();
