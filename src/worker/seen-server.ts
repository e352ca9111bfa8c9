/**
 * Which database the server has, and what a worker has seen there: a worker outlives a server that lost its database, and
 * finds a new one under the same address. What is not in the new one has not been deleted there.
 */
import type { Client } from '@temporalio/client';
import { GRPC, grpcCode } from '../server/connect.js';

const UNTOLD: ReadonlySet<number | undefined> = new Set([GRPC.permissionDenied, GRPC.unimplemented]);

export class SeenServer {
  readonly seenOpen = new Set<string>();
  /** Since when the files were written by workflows of this database. */
  since = Date.now();
  #database: string | undefined;

  constructor(private readonly client: Pick<Client, 'workflowService' | 'options'>) {}

  /** Forgets what it has seen when the database is another one. Before each look. */
  async look(): Promise<void> {
    const database = await this.#find();
    if (database === this.#database) return;
    if (this.#database !== undefined) {
      this.seenOpen.clear();
      this.since = Date.now();
    }
    this.#database = database;
  }

  readonly isSameServer = async (): Promise<boolean> => (await this.#find()) === this.#database;

  /** The id that the namespace got when it was made. */
  async #find(): Promise<string> {
    const { workflowService, options } = this.client;
    try {
      const { namespaceInfo } = await workflowService.describeNamespace({ namespace: options.namespace });
      return namespaceInfo?.id ?? '';
    } catch (error) {
      // A server that does not let this client see it keeps its database by other means.
      if (UNTOLD.has(grpcCode(error))) return '';
      throw error;
    }
  }
}
