/**
 * The port of an OS sandbox: what it is asked to run, and what has to be spawned instead. Knows no platform.
 * It never hands back the bare command: what cannot be confined is thrown, never run outside.
 */
export {};
//# sourceMappingURL=sandbox.js.map