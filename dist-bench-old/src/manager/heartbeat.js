import { decode } from './payloads.js';
export function heartbeatOf({ raw }) {
    const told = (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0] ?? []);
    const details = told.map((payload) => decode(payload) ?? {});
    return Object.assign({}, ...details);
}
//# sourceMappingURL=heartbeat.js.map