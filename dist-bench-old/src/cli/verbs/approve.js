/** `rookery approve`: lets a call that waits run, as it was shown. */
import { decide } from '../deciding.js';
import { reach } from '../reach.js';
import { each, printResults } from '../results.js';
import { openSession } from '../session.js';
export const verb = async ([given = '', call], options) => {
    const session = await openSession(options);
    const { manager } = await reach(session);
    const always = options.always === true;
    const results = await each(manager, [given], (id) => decide(session, manager, { id, call }, { decision: 'approve', always }));
    return printResults(session.out, results);
};
//# sourceMappingURL=approve.js.map