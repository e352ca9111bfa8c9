import { RookeryError } from '../domain/errors.js';
export function online(context) {
    const { client } = context;
    if (client)
        return { ...context, client };
    throw new RookeryError('no_server', 'No Temporal server runs for this work directory', { hint: 'Run `rookery up`' });
}
export function notFound(id) {
    return new RookeryError('not_found', `Task '${id}' not found`, { hint: 'Run `rookery list` to see all tasks' });
}
//# sourceMappingURL=context.js.map