/** The whole cluster: PostgreSQL, Temporal, two hosts with their workers, and a client in a third place. */
import { join, resolve } from 'node:path';
import { Client } from '@temporalio/client';
import { BackgroundTasksPlugin } from '../../src/plugin.js';
import { codec } from '../support/encrypting-codec.mjs';
import type { Binaries } from './binaries.js';
import { type Build, makeBuilds } from './builds.js';
import { type Canary, lookForCanary } from './canary.js';
import { makeCertificates, tlsVariables } from './certificates.js';
import { type Host, startHost } from './hosts.js';
import { type Postgres, startPostgres } from './postgres.js';
import { freePorts, NAMESPACE, startTemporal } from './temporal.js';

export interface Cluster {
  /** Signs and encrypts. */
  readonly client: Client;
  readonly postgres: Postgres;
  readonly hosts: readonly Host[];
  /** The build that the hosts change to. */
  readonly nextBuild: Build;
  /** Stops everything; the last one to be asked is the database. */
  close(): Promise<Canary>;
}

export interface ClusterPlace {
  readonly binaries: Binaries;
  readonly directory: string;
  /** A built checkout that the first build is a copy of. Absent: this one. */
  readonly from: string | undefined;
  readonly announce: (line: string) => void;
}

export async function openCluster({ binaries, directory, from, announce }: ClusterPlace): Promise<Cluster> {
  const certificates = makeCertificates(join(directory, 'certificates'));
  const [postgresPort = 0] = await freePorts(1);
  const postgres = await startPostgres(binaries.postgres, directory, postgresPort);
  const temporal = await startTemporal({ binaries, directory, postgresPort, certificates });
  announce('the cluster serves');
  const signingKeyFile = join(directory, 'signing.key');
  const plugin = await BackgroundTasksPlugin.create({ workdir: join(directory, 'client'), signingKeyFile });
  const { connection, address } = temporal;
  const dataConverter = { payloadCodecs: [codec] };
  const client = new Client({ connection, namespace: NAMESPACE, plugins: [plugin], dataConverter });
  const [build, nextBuild] = makeBuilds(directory, from);
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: directory, XDG_CONFIG_HOME: join(directory, 'config') },
    ...tlsVariables(certificates),
    ...{ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE, ROOKERY_SIGNING_KEY_FILE: signingKeyFile },
    ROOKERY_CODEC: resolve('test/support/encrypting-codec.mjs'),
  };
  const hosts: Host[] = [];
  for (const name of ['host-1', 'host-2']) hosts.push(await startHost({ directory, name, build, env }));
  announce('two workers poll');
  return {
    ...{ client, postgres, hosts, nextBuild },
    async close() {
      await Promise.all(hosts.map((host) => host.stop()));
      await temporal.stop();
      const canary = lookForCanary(postgres.dump);
      await postgres.stop();
      return canary;
    },
  };
}
