const EVERY_MS = 60_000;
/**
 * More than two for each activity that a worker of the SDK's defaults runs at a time: those at work stay, those that wait
 * for a person may go. Each takes about 200 KB; the SDK's own default is in the thousands.
 */
export const KEPT_WORKFLOWS = 250;
export function watchRoom({ kept, metrics, announce }, everyMs = EVERY_MS) {
    let told = false;
    const look = () => {
        const working = metrics.takeWorking(kept);
        const crowded = working > kept;
        if (crowded && !told)
            announce(crowdedLine(working, kept));
        told = crowded;
    };
    const timer = setInterval(look, everyMs);
    timer.unref();
    return { look, stop: () => clearInterval(timer) };
}
// ---
function crowdedLine(working, kept) {
    return (`${working} tasks work here, and this worker keeps ${kept} of them in memory: each step of the others is replayed ` +
        'from history, which costs about three times as much. Raise maxCachedWorkflows, or start a worker on another host.');
}
//# sourceMappingURL=room.js.map