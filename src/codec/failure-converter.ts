/**
 * A failure converter that leaves no message and no stack trace in plain text: the codec encodes them as a payload. A
 * module of its own, because the SDK loads it by its path, also into the bundle of the workflows.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
