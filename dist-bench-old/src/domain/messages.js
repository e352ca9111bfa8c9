export function toSignedMessage(raw) {
    const { id, signature } = Object(raw);
    return isText(id, 64) ? { id, ...signed(signature) } : undefined;
}
export function toDecision(raw) {
    const { id, call, decision, args, chain, expires, reason, signature } = Object(raw);
    if (!isText(id, 64) || !isText(call, 128) || !isText(args, 64) || !isText(chain, 64))
        return undefined;
    if ((decision !== 'approve' && decision !== 'deny') || typeof expires !== 'number')
        return undefined;
    if (reason !== undefined && !isText(reason, MAX_REASON))
        return undefined;
    return {
        id,
        call,
        decision,
        args,
        chain,
        expires,
        ...(reason === undefined ? {} : { reason }),
        ...signed(signature),
    };
}
/** Code units of a reason. */
export const MAX_REASON = 2_000;
function isText(value, most) {
    return typeof value === 'string' && value.length <= most;
}
function signed(raw) {
    const { scope, mac } = Object(raw);
    return isText(scope, 256) && isText(mac, 64) ? { signature: { scope, mac } } : {};
}
//# sourceMappingURL=messages.js.map