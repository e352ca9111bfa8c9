export async function abortable(client, signal, ask) {
    if (!signal)
        return ask();
    signal.throwIfAborted();
    const request = new AbortController();
    const stop = () => request.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
        return await client.withAbortSignal(request.signal, ask);
    }
    finally {
        signal.removeEventListener('abort', stop);
    }
}
//# sourceMappingURL=abort.js.map