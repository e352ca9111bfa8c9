/**
 * Signs and verifies what gives a task its authority: HMAC-SHA-256 over namespace, scope and the canonical JSON of the
 * whole content. Access to the server gives no authority; the key file does.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { canonical } from '../domain/canonical-json.js';
import { RookeryError } from '../domain/errors.js';
import type { Signature, SignedMessage } from '../domain/messages.js';
import type { TaskInput } from '../domain/protocol.js';
import { agentScope, SCHEDULE_SCOPE } from '../domain/task-id.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { KEY_BYTES, makeKeyFile, readKeyFile } from '../files/key-file.js';

const MAC = /^[0-9a-f]{64}$/;
const TIME_SUFFIX = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

export interface Signer {
  /** `scope`: the workflow id, or what `scheduleScope` or `agentScope` says. */
  signStart(scope: string, input: TaskInput): TaskInput;
  signMessage<T extends SignedMessage>(workflowId: string, signal: string, message: T): T;
}

export interface Verifier {
  /** True when the input was signed with this key for this workflow id, or for the schedule that started it. */
  verifyStart(workflowId: string, input: TaskInput): boolean;
  /** True when the input was signed with this key for the agent of the workflow with this id. */
  verifyAgent(workflowId: string, input: TaskInput): boolean;
  /** True when the input was signed with this key for the workflows that a schedule starts under this workflow id. */
  verifySchedule(workflowId: string, input: TaskInput): boolean;
  verifyMessage(workflowId: string, signal: string, message: SignedMessage): boolean;
}

/** Throws nothing, and its methods neither: an input or message with a wrong signature does not verify. */
export function createSigner(key: Buffer, namespace: string): Signer & Verifier {
  // Starts from before the nonce have only the first four parts: they stay valid.
  const mac = (kind: string, { scope, nonce, signed_at }: Unsealed, content: object): string =>
    createHmac('sha256', key)
      .update(canonical([kind, namespace, scope, content, ...(nonce === undefined ? [] : [{ nonce, signed_at }])]))
      .digest('hex');
  // Neither a signal nor a start need be parsed before this point: the signature may be any value.
  const matches = (signature: Signature, kind: string, content: object): boolean =>
    typeof signature.mac === 'string' &&
    MAC.test(signature.mac) &&
    timingSafeEqual(Buffer.from(mac(kind, signature, content)), Buffer.from(signature.mac));
  return {
    signStart(scope, input) {
      const { signature: _, ...content } = input;
      const unsealed = { scope, nonce: randomUUID(), signed_at: timestampOf(microsOfMillis(Date.now())) };
      return { ...content, signature: { ...unsealed, mac: mac('start', unsealed, content) } };
    },
    signMessage(workflowId, signal, message) {
      const { signature: _, ...content } = message;
      const unsealed = { scope: workflowId };
      return { ...message, signature: { ...unsealed, mac: mac(`signal:${signal}`, unsealed, content) } };
    },
    verifyStart(workflowId, { signature, ...content }) {
      return isObject(signature) && covers(signature.scope, workflowId) && matches(signature, 'start', content);
    },
    verifyAgent(workflowId, { signature, ...content }) {
      return signature?.scope === agentScope(workflowId) && matches(signature, 'start', content);
    },
    verifySchedule(workflowId, { signature, ...content }) {
      return signature?.scope === scheduleScope(workflowId) && matches(signature, 'start', content);
    },
    verifyMessage(workflowId, signal, { signature, ...content }) {
      return signature?.scope === workflowId && matches(signature, `signal:${signal}`, content);
    },
  };
}

type Unsealed = Omit<Signature, 'mac'>;

/** A client without types may send anything. */
function isObject(signature: Signature | undefined): signature is Signature {
  return typeof signature === 'object' && signature !== null;
}

/**
 * The scope of a schedule's signature: it covers the workflow ids that the server makes of the schedule's own, by adding
 * the time of the start.
 */
export function scheduleScope(workflowId: string): string {
  return SCHEDULE_SCOPE + workflowId;
}

function covers(scope: string, workflowId: string): boolean {
  if (typeof scope !== 'string') return false;
  if (!scope.startsWith(SCHEDULE_SCOPE)) return scope === workflowId;
  const prefix = `${scope.slice(SCHEDULE_SCOPE.length)}-`;
  return workflowId.startsWith(prefix) && TIME_SUFFIX.test(workflowId.slice(prefix.length));
}

/**
 * Reads the key file, or creates one (0600). Throws `environment` when others may read it, because then a signature
 * proves nothing, and when it holds no key.
 */
export async function loadKey(path: string): Promise<Buffer> {
  if (!existsSync(path)) await makeKeyFile(path);
  return readKey(path);
}

function readKey(path: string): Buffer {
  const text = readKeyFile(path, 'signing key');
  if (text === undefined) throw new RookeryError('environment', `The signing key ${path} is gone`);
  const key = Buffer.from(text, 'hex');
  if (key.length !== KEY_BYTES)
    throw new RookeryError('environment', `The signing key ${path} is not ${KEY_BYTES} bytes in hex`, {
      hint: 'Restore it from a backup, or remove it to have a new one made; running tasks then need to be submitted again',
    });
  return key;
}
