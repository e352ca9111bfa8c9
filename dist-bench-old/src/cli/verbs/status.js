/** `rookery status`: what one task is doing, and why. */
import { EXIT } from '../exit.js';
import { reachForReading } from '../reach.js';
import { statusLines } from '../render.js';
import { openSession } from '../session.js';
export const verb = async ([given = ''], options) => {
    const session = await openSession(options);
    const { out } = session;
    const { manager } = await reachForReading(session);
    const status = await manager.status(await manager.resolveId(given));
    if (out.json)
        out.value(status);
    else
        for (const line of statusLines(status))
            out.line(line);
    return EXIT.done;
};
//# sourceMappingURL=status.js.map