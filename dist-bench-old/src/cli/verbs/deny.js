/** `rookery deny`: a call that waits does not run; the model is told, with the reason. */
import { decide } from '../deciding.js';
import { reach } from '../reach.js';
import { each, printResults } from '../results.js';
import { openSession } from '../session.js';
export const verb = async ([given = '', call], options) => {
    const session = await openSession(options);
    const { manager } = await reach(session);
    const reason = typeof options.reason === 'string' ? options.reason : undefined;
    const results = await each(manager, [given], (id) => decide(session, manager, { id, call }, { decision: 'deny', reason }));
    return printResults(session.out, results);
};
//# sourceMappingURL=deny.js.map