/** After the end of all its processes a pipe holds at most what the kernel buffered. */
const DRAIN_MS = 500;
export async function drained(streams) {
    const open = streams.filter((stream) => stream && !stream.closed);
    const closed = open.map((stream) => new Promise((resolve) => stream?.once('close', () => resolve())));
    let timer;
    const late = new Promise((resolve) => {
        timer = setTimeout(resolve, DRAIN_MS);
    });
    await Promise.race([Promise.all(closed), late]);
    clearTimeout(timer);
}
//# sourceMappingURL=drained.js.map