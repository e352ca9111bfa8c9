/** Takes values out of the payloads of Temporal's raw API. Pure. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

export type Payloads = temporal.api.common.v1.IPayloads | null | undefined;

export function decode<T>(payload: temporal.api.common.v1.IPayload): T {
  return defaultPayloadConverter.fromPayload<T>(payload);
}

export function values(payloads: Payloads): unknown[] {
  return (payloads?.payloads ?? []).map((payload) => decode(payload));
}
