/**
 * What the workflow tells the worker that runs it, past its history: it costs no event and no byte there, and may be lost.
 */
import { proxySinks } from '@temporalio/workflow';
export const { rookery: worker } = proxySinks();
//# sourceMappingURL=sinks.js.map