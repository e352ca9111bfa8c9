/** Keeps the SDK's log lines out of the output of the tests. */
import { DefaultLogger, Runtime } from '@temporalio/worker';

let done = false;

/** Once per process: the SDK takes no second runtime. */
export function quiet(): void {
  if (done) return;
  done = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
}
