/** A call that waits for approval, for people and as JSON. People see exactly what would run, to the last character. Pure. */
import { shortId } from '../domain/id.js';
import { microsOfMillis, stampOf } from '../domain/stamp.js';
export function approvalJson({ task, call, tool, args, reason, asked, expires, refused }) {
    const stamp = (millis) => stampOf(microsOfMillis(millis));
    return { task, call, tool, args, reason, asked_at: stamp(asked), expires_at: stamp(expires), refused };
}
export function approvalLines({ task, call, tool, args, reason, expires, refused }) {
    const hours = Math.max(0, (expires - Date.now()) / 3_600_000);
    return [
        `${shortId(task)}  call ${shortId(call)}  ${tool}  (counts as denied in ${hours.toFixed(1)} h)`,
        ...argumentLines(args).map((line) => `    ${line}`),
        `    why: ${reason}`,
        ...(refused === null ? [] : [`    a decision was refused: ${refused}`]),
        `    rookery approve ${shortId(task)} ${shortId(call)}    or    rookery deny ${shortId(task)} ${shortId(call)}`,
    ];
}
/** One line an argument; a text with line breaks as it is. */
export function argumentLines(args) {
    if (typeof args !== 'object' || args === null || Array.isArray(args))
        return [JSON.stringify(args) ?? 'undefined'];
    return Object.entries(args).flatMap(([name, value]) => {
        if (typeof value !== 'string')
            return [`${name}: ${JSON.stringify(value)}`];
        const [only, ...more] = value.split('\n');
        return more.length === 0 ? [`${name}: ${only}`] : [`${name}:`, ...value.split('\n').map((line) => `  ${line}`)];
    });
}
//# sourceMappingURL=approval-text.js.map