/** A signer whose starts join the active trace. */
import type { TaskInput } from '../domain/protocol.js';
import { SCHEDULE_SCOPE } from '../domain/task-id.js';
import { withActiveTrace } from './submit-span.js';

interface StartSigner {
  signStart(scope: string, input: TaskInput): TaskInput;
}

/** The starts of a schedule are no part of what makes the schedule. */
export function traced<S extends StartSigner>(signer: S): S {
  return {
    ...signer,
    signStart: (scope: string, input: TaskInput) =>
      signer.signStart(scope, scope.startsWith(SCHEDULE_SCOPE) ? input : withActiveTrace(input)),
  };
}
