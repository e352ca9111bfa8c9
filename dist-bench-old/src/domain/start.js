import { microsOfStamp } from './stamp.js';
import { freshRecord } from './task.js';
export function recordAtStart(input, now) {
    const created = input.created_at === undefined ? undefined : microsOfStamp(input.created_at);
    return freshRecord(now, { ...input, created, iterations: input.adopted?.iterations });
}
//# sourceMappingURL=start.js.map