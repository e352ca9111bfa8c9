/**
 * Where everything of a work directory lies. Pure. Names of ours that stand beside task ids carry a `~`, which no id can.
 */
import { join } from 'node:path';
export function pathsOf(workdir) {
    const tasks = join(workdir, 'tasks');
    const checkpoints = join(tasks, 'checkpoints');
    const side = join(workdir, '.rookery');
    return {
        workdir,
        tasks,
        checkpoints,
        side,
        claims: join(workdir, 'claims'),
        logs: join(workdir, 'logs'),
        signingKey: join(workdir, 'signing.key'),
        audit: join(workdir, 'audit.jsonl'),
        auditKey: join(workdir, 'audit.key'),
        auditHead: join(side, '~audit-head'),
        task: (id) => join(tasks, `${id}.json`),
        checkpoint: (id) => join(checkpoints, `${id}.json`),
        input: (id) => join(side, id),
        order: (id) => join(side, `${id}~order`),
        lock: (id) => join(side, `${id}~lock`),
        handed: (id) => join(side, `${id}~handed`),
        running: join(side, '~running'),
        policy: join(workdir, 'policy.json'),
        heads: join(side, '~heads'),
        hostId: join(side, '~host'),
        workerState: join(side, '~worker'),
        upLock: join(side, '~up'),
    };
}
//# sourceMappingURL=paths.js.map