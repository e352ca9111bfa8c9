/**
 * Chooses the Temporal server: from `TEMPORAL_*` variables or a profile, else the embedded one. Does not connect.
 */
import { RookeryError, sentenceOf } from '../domain/errors.js';
import { grpcProxyFor } from '../domain/proxies.js';
import { type ProfileConnection, readTemporalProfile, type TemporalProfile } from './temporal-profile.js';

export type TemporalChoice =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'cluster';
      readonly address: string;
      readonly namespace: string;
      readonly connection: ProfileConnection;
      /** From the environment; absent: the connection is direct. */
      readonly proxy?: URL;
      /** What named it, for the first line on stderr. */
      readonly named: string;
    };

export function chooseTemporal(env: NodeJS.ProcessEnv, local: boolean): TemporalChoice {
  if (local) return { kind: 'embedded' };
  let profile: TemporalProfile;
  try {
    profile = readTemporalProfile(env);
  } catch (error) {
    throw new RookeryError('usage', `The Temporal profile cannot be read: ${sentenceOf(error)}`, {
      hint: 'Check the TEMPORAL_* variables and temporal.toml, or use --local',
      cause: error,
    });
  }
  const { address, namespace = 'default', connection } = profile;
  if (!address) return { kind: 'embedded' };
  const named = env.TEMPORAL_ADDRESS ? 'TEMPORAL_ADDRESS' : `profile ${env.TEMPORAL_PROFILE ?? 'default'}`;
  const proxy = grpcProxyFor(address, env);
  return {
    kind: 'cluster',
    address,
    namespace,
    connection,
    named,
    ...(proxy && { proxy }),
  };
}
