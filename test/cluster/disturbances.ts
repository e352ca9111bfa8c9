/** What happens to the cluster while it works: PostgreSQL restarts, workers are killed, and half way they are upgraded. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../support/random.js';
import type { Build } from './builds.js';
import type { Host } from './hosts.js';
import type { Postgres } from './postgres.js';

export interface Disturbed {
  readonly postgres: Postgres;
  readonly hosts: readonly Host[];
  readonly chance: Chance;
  readonly announce: (line: string) => void;
}

export interface Disturbances {
  readonly counts: { readonly postgresRestarts: number; readonly workerKills: number; readonly upgrades: number };
  /** One host after the other; no other worker is killed meanwhile than the killer's own. */
  upgrade(build: Build): Promise<void>;
  stop(): Promise<void>;
}

const KILL_EVERY_MS = 10_000;
const RESTART_FROM_MS = 5_000;
const RESTART_TO_MS = 20_000;
const MAX_DOWN_MS = 2_000;

export function disturb({ postgres, hosts, chance, announce }: Disturbed): Disturbances {
  const counts = { postgresRestarts: 0, workerKills: 0, upgrades: 0 };
  const stopping = new AbortController();
  const upgrading = new Set<Host>();
  const every = async (waitMs: () => number, act: () => Promise<void> | void): Promise<void> => {
    for (;;) {
      await pause(waitMs(), undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await act();
    }
  };
  const restarting = every(
    () => RESTART_FROM_MS + chance.below(RESTART_TO_MS - RESTART_FROM_MS),
    async () => {
      const how = chance.pick(['fast', 'immediate'] as const);
      announce(`PostgreSQL restarts (${how})`);
      await postgres.restart(how, chance.below(MAX_DOWN_MS));
      counts.postgresRestarts++;
    },
  );
  const killing = every(
    () => KILL_EVERY_MS,
    () => {
      const host = chance.pick(hosts);
      if (upgrading.has(host)) return;
      announce(`kill -9 of the worker of ${host.name} (build ${host.build.name})`);
      host.kill();
      counts.workerKills++;
    },
  );
  return {
    counts,
    async upgrade(build) {
      for (const host of hosts) {
        announce(`${host.name} changes from build ${host.build.name} to ${build.name}`);
        upgrading.add(host);
        await host.upgrade(build);
        upgrading.delete(host);
        counts.upgrades++;
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all([restarting, killing]);
    },
  };
}
