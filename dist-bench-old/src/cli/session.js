import { environment } from '../config/environment.js';
import { resolveSettings } from '../config/settings.js';
import { chooseTemporal } from '../config/temporal.js';
import { BackgroundTaskManager } from '../manager/manager.js';
import { pathsOf } from '../mirror/paths.js';
import { outputOf } from './output.js';
export async function openSession(options) {
    const out = outputOf(options);
    const resolved = await resolveSettings(options, environment, process.cwd());
    const temporal = chooseTemporal(environment, options.local ?? false);
    if (temporal.kind === 'cluster')
        out.tell(`Temporal server ${temporal.address}, from ${temporal.named}`);
    for (const note of resolved.notes)
        out.tell(note);
    return { ...resolved, options, env: environment, out, paths: pathsOf(resolved.settings.workdir.value), temporal };
}
export function openManager(session, client, local) {
    const { temporal, paths, env } = session;
    return BackgroundTaskManager.open({
        workdir: paths.workdir,
        namespace: temporal.kind === 'cluster' ? temporal.namespace : 'default',
        // Files on this host are kept only where a worker of this host runs.
        bindToHost: local,
        ...(client ? { client } : {}),
        ...(env.ROOKERY_SIGNING_KEY_FILE ? { signingKeyFile: env.ROOKERY_SIGNING_KEY_FILE } : {}),
    });
}
//# sourceMappingURL=session.js.map