/** Events and statuses for people. Pure. */
import { firstLine, shortId } from '../domain/id.js';
/** The lines of one event; empty for what people need not see. */
export function linesOf(event, tally) {
    switch (event.type) {
        case 'submitted':
            return [`submitted ${event.id}: ${firstLine(event.prompt)}`];
        case 'iteration': {
            tally.tokens += event.usage.total_tokens;
            const calls = event.calls === 0 ? 'answer' : plural(event.calls, 'call');
            const said = event.content.trim() === '' || event.calls === 0 ? '' : ` · ${firstLine(event.content)}`;
            return [`iteration ${event.iteration} · ${event.model} · ${calls} · ${count(tally.tokens)} tokens${said}`];
        }
        case 'call':
            tally.calls++;
            return [`  ${event.tool} ${firstLine(JSON.stringify(event.args), 100)}`];
        case 'result':
            return event.outcome === 'ok' ? [] : [`  ${event.tool} ${event.outcome}: ${firstLine(event.content, 120)}`];
        case 'waiting':
            return [
                event.phase === 'waiting_approval'
                    ? `${event.reason}`
                    : `waiting for a person: ${event.reason ?? 'no reason given'}`,
            ];
        case 'rewound':
            return [`rewound to iteration ${event.iteration}`];
        default:
            return [];
    }
}
export function statusLines(status) {
    const { detail } = status;
    const { usage, workflow } = detail;
    const rows = [
        ['task', status.id],
        ['status', status.status.toLowerCase()],
        ['phase', detail.reason ? `${detail.phase}: ${detail.reason}` : detail.phase],
        ['prompt', firstLine(status.prompt, 100)],
        ['created', status.created_at],
        ['updated', status.updated_at],
        ['iterations', String(status.iterations)],
        ['model', status.model && `${status.provider} · ${status.model}`],
        ['tokens', usage.total_tokens === null ? null : count(usage.total_tokens)],
        ['workflow', workflow && `run ${workflow.run_id}, ${workflow.history_events ?? '?'} events`],
        ['mirror', detail.mirror.behind_since && `behind since ${detail.mirror.behind_since}`],
        ['error', status.error],
    ];
    const lines = rows
        .filter((row) => row[1] !== null)
        .map(([name, value]) => `${name.padEnd(11)}${value}`);
    return status.result === null ? lines : [...lines, '', status.result];
}
export function tableOf(tasks) {
    if (tasks.length === 0)
        return ['No tasks.'];
    const rows = tasks.map(({ id, status, detail, created_at, iterations, prompt }) => [
        shortId(id),
        detail.phase.startsWith('waiting') ? 'waiting' : status.toLowerCase(),
        created_at.slice(0, 19).replace('T', ' '),
        String(iterations),
        firstLine(prompt, 70),
    ]);
    const head = ['ID', 'STATUS', 'CREATED (UTC)', 'ITER', 'PROMPT'];
    const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
    return [head, ...rows].map((row) => row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd());
}
export function count(value) {
    return value.toLocaleString('en-US');
}
export function plural(value, noun) {
    return `${value} ${noun}${value === 1 ? '' : 's'}`;
}
export function elapsed(millis) {
    const seconds = Math.floor(millis / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
//# sourceMappingURL=render.js.map