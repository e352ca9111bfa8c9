/** Puts signing into the options of a client: interceptors for what it starts and sends, and its connection. */
import { type ClientOptions, Connection } from '@temporalio/client';
import { scheduleSigningInterceptor, signingInterceptor } from './client-interceptor.js';
import { signingConnection } from './schedule-updates.js';
import type { Signer, Verifier } from './signature.js';

/** `signer`: for the client's namespace. Options that have been here before stay as they are. */
export function withSigning(options: ClientOptions, signer: Signer & Verifier): ClientOptions {
  const { workflow = [], schedule = [], ...others } = options.interceptors ?? {};
  // The deprecated form is a list of functions that make interceptors.
  const present: readonly object[] = Array.isArray(workflow) ? workflow : (workflow.calls ?? []);
  if (present.some((one) => OURS.has(one))) return options;
  const interceptor = signingInterceptor(signer);
  const factory = () => interceptor;
  OURS.add(interceptor).add(factory);
  const { connection = Connection.lazy() } = options;
  return {
    ...options,
    connection: signingConnection({ ...options, connection, interceptors: [] }, signer),
    interceptors: {
      ...others,
      workflow: Array.isArray(workflow)
        ? [...workflow, interceptor]
        : { ...workflow, calls: [...(workflow.calls ?? []), factory] },
      schedule: [...schedule, scheduleSigningInterceptor(signer)],
    },
  };
}

// ---

/** A plugin may be given to a client and to its connection. */
const OURS = new WeakSet<object>();
