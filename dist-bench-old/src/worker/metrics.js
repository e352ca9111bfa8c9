/** `meter` is asked for when it is needed first: a worker has none before it is made. */
export function createMetrics(meter) {
    const seen = { asked: 0, found: 0, held: 0 };
    const working = new Set();
    let made;
    const instruments = () => {
        made ??= instrumentsOf(meter());
        return made;
    };
    return {
        seen,
        conversation(found, held) {
            seen.asked++;
            if (found)
                seen.found++;
            seen.held = held;
            instruments().conversations.add(1, { found: String(found) });
            instruments().held.set(held);
        },
        works: (run) => void working.add(run),
        takeWorking(kept) {
            const { size } = working;
            working.clear();
            instruments().working.set(size);
            instruments().kept.set(kept);
            return size;
        },
    };
}
/** For a person, at the end of a worker. */
export function seenLine({ asked, found, held }) {
    const percent = ((found * 100) / asked).toFixed(1);
    return `conversations: ${asked} asked for, ${percent} % of them in memory, ${(held / 2 ** 20).toFixed(1)} MB held`;
}
function instrumentsOf(meter) {
    return {
        conversations: meter.createCounter('rookery_conversations', 'lookups', 'conversations asked for by token'),
        held: meter.createGauge('rookery_conversation_bytes', 'int', 'By', 'bytes that the conversation cache holds'),
        working: meter.createGauge('rookery_working_tasks', 'int', 'tasks', 'tasks with an activity in the last minute'),
        kept: meter.createGauge('rookery_kept_workflows', 'int', 'workflows', 'workflows that this worker keeps in memory'),
    };
}
//# sourceMappingURL=metrics.js.map