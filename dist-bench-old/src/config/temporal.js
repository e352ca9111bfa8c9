/**
 * Which Temporal server: one that `TEMPORAL_*` variables or a profile name, else the embedded one. Connects to nothing.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { RookeryError, sentenceOf } from '../domain/errors.js';
export function chooseTemporal(env, local) {
    if (local)
        return { kind: 'embedded' };
    let config;
    try {
        config = loadClientConnectConfig({ overrideEnvVars: stringsOf(env) });
    }
    catch (error) {
        throw new RookeryError('usage', `The Temporal profile cannot be read: ${sentenceOf(error)}`, {
            hint: 'Check TEMPORAL_PROFILE and temporal.toml, or use --local',
            cause: error,
        });
    }
    const { address } = config.connectionOptions;
    if (!address)
        return { kind: 'embedded' };
    const named = env.TEMPORAL_ADDRESS ? 'TEMPORAL_ADDRESS' : `profile ${env.TEMPORAL_PROFILE ?? 'default'}`;
    return {
        kind: 'cluster',
        address,
        namespace: config.namespace ?? 'default',
        connection: config.connectionOptions,
        named,
    };
}
function stringsOf(env) {
    return Object.fromEntries(Object.entries(env).filter((entry) => entry[1] !== undefined));
}
//# sourceMappingURL=temporal.js.map