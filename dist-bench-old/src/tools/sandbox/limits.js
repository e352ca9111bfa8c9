/** What one command may use at most, whichever way it is held. Numbers only. */
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
export const LIMITS = Object.freeze({
    /** Processes and threads. */
    processes: 1_024,
    /** Of all its processes together where there are control groups. */
    memoryBytes: 4 * GIB,
    /** Of one process, where it is all there is. Not address space: V8 and Go reserve far more than they use. */
    dataBytes: 4 * GIB,
    fileBytes: 8 * GIB,
    openFiles: 4_096,
    /** Private file systems are memory. */
    temporaryBytes: GIB,
    smallBytes: 16 * MIB,
});
//# sourceMappingURL=limits.js.map