/**
 * Adds the iteration and the call to what the SDK logs from within our activities; workflow and run are there already. With
 * every logger, that of a user's program too.
 */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

export const taskLogAttributes: ActivityInterceptorsFactory = () => {
  let about: Record<string, unknown> = {};
  return {
    inbound: {
      execute(input, next) {
        about = stepIn(input.args);
        return next(input);
      },
    },
    outbound: {
      getLogAttributes: (input, next) => next({ ...input, ...about }),
    },
  };
};

// ---

/** Of the input of an iteration or of a tool call. */
function stepIn([input]: readonly unknown[]): Record<string, unknown> {
  const { n, call } = Object(input) as { readonly n?: unknown; readonly call?: unknown };
  return {
    ...(typeof n === 'number' ? { iteration: n } : {}),
    ...(typeof call === 'string' ? { call } : {}),
  };
}
