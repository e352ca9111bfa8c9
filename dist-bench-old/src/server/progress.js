/** A line every so often while something slow runs, so that nobody takes it for a hang. */
const EVERY_MS = 15_000;
export async function withProgress(what, announce, work) {
    const started = Date.now();
    const timer = setInterval(() => announce(`${what}: ${Math.round((Date.now() - started) / 1000)} s …`), EVERY_MS);
    try {
        return await work();
    }
    finally {
        clearInterval(timer);
    }
}
//# sourceMappingURL=progress.js.map