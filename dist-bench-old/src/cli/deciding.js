export async function decide(session, manager, given, { always, ...answer }) {
    const { approval, ...outcome } = await manager.decide(given, answer);
    if (always)
        await remember(session, approval);
    return outcome;
}
// ---
async function remember({ paths, out }, approval) {
    const { rememberAlways } = await import('../remember.js');
    const { text, problem } = await rememberAlways(paths, approval);
    out.tell(problem ?? `Remembered: ${text}. \`rookery policy\` shows it, \`rookery policy forget N\` removes it.`);
}
//# sourceMappingURL=deciding.js.map