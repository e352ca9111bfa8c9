import { microsOfMillis, stampOf } from '../domain/stamp.js';
import { describe } from '../reconcile.js';
import { heartbeatOf } from './heartbeat.js';
const EVERY_MS = 1_000;
export class LiveText {
    client;
    id;
    reader;
    #timer;
    #last = '';
    constructor(client, id, reader) {
        this.client = client;
        this.id = id;
        this.reader = reader;
        this.#timer = setInterval(() => void this.#look().catch(() => undefined), EVERY_MS);
    }
    stop() {
        clearInterval(this.#timer);
    }
    async #look() {
        const at = await describe(this.client, this.id);
        const text = at && heartbeatOf(at).text;
        if (text === undefined || text === this.#last)
            return;
        this.#last = text;
        this.reader.onEvent({ type: 'text', time: stampOf(microsOfMillis(Date.now())), text });
    }
}
//# sourceMappingURL=live-text.js.map