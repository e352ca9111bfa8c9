/** Takes a stream of bytes apart into lines, of which each is bounded. Keeps no more than one unfinished line. */
import { Meter } from './meter.js';
export function createLines(onLine) {
    const meter = new Meter();
    let parts = [];
    const take = (part) => {
        meter.add(part);
        parts.push(part);
    };
    return {
        renew: () => meter.renew(),
        push(chunk) {
            let at = 0;
            for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
                take(chunk.subarray(at, end));
                const line = Buffer.concat(parts).toString('utf8');
                parts = [];
                meter.reset();
                at = end + 1;
                onLine(line);
            }
            // A copy: a few bytes would else keep the whole chunk alive.
            if (at < chunk.length)
                take(Buffer.from(chunk.subarray(at)));
        },
    };
}
// ---
const NEWLINE = 0x0a;
//# sourceMappingURL=lines.js.map