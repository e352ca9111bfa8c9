/** Throws a TypeError for a definition that could not work: its author must mend it. */
export function defineTool(definition) {
    const { name, effect, placement = 'activity' } = definition;
    const replay = definition.replay ?? (effect === 'read' ? 'safe' : 'unsafe');
    if (!NAME.test(name))
        throw new TypeError(`A tool's name has 1 to 64 letters, digits, _ or -, not '${name}'.`);
    if (placement === 'inline' && replay !== 'safe') {
        throw new TypeError(`The tool '${name}' is unsafe to run twice, so it cannot be placed inline.`);
    }
    const tool = {
        ...definition,
        replay,
        placement,
        yields: definition.yields ?? YIELDS[effect],
        touches: (args) => definition.touches?.(args) ?? {},
        summary: (args) => (definition.summary?.(args) ?? JSON.stringify(args) ?? '').replace(/\s+/g, ' ').slice(0, 60),
    };
    return Object.assign(tool, { [MADE_HERE]: true });
}
/** Whether `defineTool` made it, of this copy of the package or of another one. */
export function isTool(value) {
    return typeof value === 'object' && value !== null && Reflect.get(value, MADE_HERE) === true;
}
// ---
const MADE_HERE = Symbol.for('rookery.tool');
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const YIELDS = {
    read: ['private'],
    write: [],
    execute: ['private'],
    network: ['untrusted'],
};
//# sourceMappingURL=tool.js.map