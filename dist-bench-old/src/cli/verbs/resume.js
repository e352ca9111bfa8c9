/** `rookery resume`: starts, adopts or wakes tasks; without ids all that need it. */
import { defaultModel } from '../../config/providers.js';
import { keptProvider } from '../../manager/adopt.js';
import { reach } from '../reach.js';
import { each, printResults } from '../results.js';
import { openSession } from '../session.js';
import { taskSettings } from '../task-input.js';
export const verb = async (ids, options) => {
    const session = await openSession(options);
    const { manager } = await reach(session, session.settings.provider.value);
    const how = { dryRun: options.dryRun === true, adopt: (file) => adoption(session, file) };
    const results = ids.length > 0 ? await each(manager, ids, (id) => manager.resume(id, how)) : await manager.resumeIncomplete(how);
    if (results.length === 0)
        session.out.tell('Nothing to resume.');
    return printResults(session.out, results);
};
/** The file's provider and model are kept; endpoint, tools, workspace and limits are of who resumes. */
async function adoption(session, { provider, model }) {
    if (provider === null || session.settings.provider.origin !== 'default')
        return withoutSystem(await taskSettings(session));
    const kept = keptProvider(provider);
    const { endpoint } = session.settings;
    return withoutSystem(await taskSettings(session, {
        provider: kept,
        model: model ?? defaultModel(kept),
        ...(endpoint.value === undefined ? {} : { endpoint: endpoint.value, endpoint_origin: 'user' }),
    }));
}
/** The file has its own. */
function withoutSystem({ system_prompt: _, ...rest }) {
    return rest;
}
//# sourceMappingURL=resume.js.map