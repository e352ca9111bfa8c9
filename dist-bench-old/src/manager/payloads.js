/** Takes values out of the payloads of Temporal's raw API. Pure. */
import { defaultPayloadConverter } from '@temporalio/common';
export function decode(payload) {
    return defaultPayloadConverter.fromPayload(payload);
}
export function values(payloads) {
    return (payloads?.payloads ?? []).map((payload) => decode(payload));
}
//# sourceMappingURL=payloads.js.map