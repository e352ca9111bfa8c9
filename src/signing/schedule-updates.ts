/**
 * Signs the input that the update of a schedule changes. The SDK intercepts the creation of schedules and not their
 * update, so this stands in the connection. It signs only what replaces an input signed with this key: an update is
 * usually made from what the server has, and that may be from anyone who reaches the server.
 */
import { ScheduleClient, type ScheduleClientOptions } from '@temporalio/client';
import { canonical } from '../domain/canonical-json.js';
import { decodePayloads } from '../domain/decode-payloads.js';
import { RookeryError } from '../domain/errors.js';
import { type TaskInput, WORKFLOW_TYPE } from '../domain/protocol.js';
import { signScheduled } from './client-interceptor.js';
import type { Signer, Verifier } from './signature.js';

type Connected = ScheduleClientOptions & Required<Pick<ScheduleClientOptions, 'connection'>>;
type Service = Connected['connection']['workflowService'];
type Update = Parameters<Service['updateSchedule']>[0];

/** @returns the connection of a client, whose updates of schedules are signed */
export function signingConnection(options: Connected, signer: Signer & Verifier): Connected['connection'] {
  const { connection } = options;
  const sign = createUpdateSigner(new ScheduleClient({ ...options, interceptors: [] }), signer);
  const service = (own: Service): Service =>
    Object.create(own, {
      updateSchedule: { value: async (update: Update) => own.updateSchedule(await sign(update)) },
    }) as Service;
  return new Proxy(connection, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'workflowService') return service(value as Service);
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
    },
  });
}

// ---

/** `client`: of the connection itself, so it signs nothing. */
function createUpdateSigner(client: ScheduleClient, signer: Signer & Verifier): (update: Update) => Promise<Update> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  return async (update) => {
    const { scheduleId, schedule } = update;
    const action = schedule?.action?.startWorkflow;
    const [payload, ...rest] = action?.input?.payloads ?? [];
    if (!scheduleId || !action?.workflowId || action.workflowType?.name !== WORKFLOW_TYPE || !payload) return update;
    const [decoded] = await decodePayloads(client.options.loadedDataConverter, [payload]);
    const task = decoded as TaskInput;
    if (!(await mustSign(client, signer, { scheduleId, workflowId: action.workflowId, task }))) return update;
    let encoded = [payloadConverter.toPayload(signScheduled(signer, action.workflowId, task))];
    for (const codec of payloadCodecs) encoded = await codec.encode(encoded);
    const startWorkflow = { ...action, input: { payloads: [...encoded, ...rest] } };
    return { ...update, schedule: { ...schedule, action: { startWorkflow } } };
  };
}

interface Updated {
  readonly scheduleId: string;
  readonly workflowId: string;
  readonly task: TaskInput;
}

async function mustSign(
  client: ScheduleClient,
  signer: Verifier,
  { scheduleId, workflowId, task }: Updated,
): Promise<boolean> {
  if (typeof task !== 'object' || task === null || signer.verifySchedule(workflowId, task)) return false;
  const { action } = await client.getHandle(scheduleId).describe();
  const current = action.args?.[0] as TaskInput | undefined;
  if (typeof current === 'object' && current !== null) {
    if (signer.verifySchedule(action.workflowId, current)) return true;
    if (canonical(current) === canonical(task)) return false;
  }
  throw new RookeryError('unsigned', `The schedule '${scheduleId}' was not signed with this key, so an update is not`, {
    hint: 'Delete it and create it again with this client',
  });
}
