/** Remembers which models a provider has confirmed, so that it is asked once for each. */
import { readFileSync } from 'node:fs';
import { replaceTextFile } from '../files/atomic-write.js';
import type { Chosen } from './choose-model.js';

/** Choices that a provider has confirmed before: kept in a file, the newest last. */
export class ConfirmedModels {
  constructor(private readonly path: string) {}

  has(choice: Chosen): boolean {
    return this.#names().includes(nameOf(choice));
  }

  /** On failure the next submission asks again. */
  async add(choice: Chosen): Promise<void> {
    const names = [...this.#names().filter((name) => name !== nameOf(choice)), nameOf(choice)];
    await replaceTextFile(this.path, JSON.stringify(names.slice(-KEPT)), { sync: false }).catch(() => undefined);
  }

  #names(): string[] {
    try {
      const value: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
    } catch {
      return [];
    }
  }
}

// ---

const KEPT = 200;

function nameOf({ provider, model, endpoint = '' }: Chosen): string {
  return [provider, endpoint, model].join(' ');
}
