/**
 * Which database the server has, and what a worker has seen there: a worker outlives a server that lost its database, and
 * finds a new one under the same address. What is not in the new one has not been deleted there.
 */
import type { Client } from '@temporalio/client';
import { namespaceId } from '../server/namespace-id.js';

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

  /** A server that does not let this client see its id keeps its database by other means. */
  async #find(): Promise<string> {
    return (await namespaceId(this.client)) ?? '';
  }
}
