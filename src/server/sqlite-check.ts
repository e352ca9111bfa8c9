/**
 * Looks for damage in the structure of an SQLite database: every page of every table and index must be what its place
 * says. As SQLite's `integrity_check` does it, without the order of index entries; SQLite itself is no part of Node 20.
 * What the rows hold is not looked at.
 */
import { columnsOf, recordProblem, varintAt } from './sqlite-record.js';
import type { DatabaseSnapshot } from './sqlite-snapshot.js';

/** @returns the first damage that is found, as the end of a sentence; undefined when there is none. */
export function structuralProblem(snapshot: DatabaseSnapshot): string | undefined {
  const walk = new Walk(snapshot);
  try {
    walk.freelist();
    const roots = walk.schemaRoots();
    // Its pages may all have been in a write-ahead log that is lost.
    if (roots.length === 0) return 'it has no tables';
    for (const root of roots) walk.tree(root);
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  }
}

// ---

class Damage extends Error {}

const TABLE = { interior: 5, leaf: 13 } as const;
const INDEX = { interior: 2, leaf: 10 } as const;
/** A valid tree of 2³² pages is not deeper. */
const MAX_DEPTH = 40;
const SCHEMA_TYPES: ReadonlySet<string> = new Set(['table', 'index', 'view', 'trigger']);
const ROOT_COLUMN = 3;

interface Cell {
  readonly start: number;
  readonly end: number;
  /** Of an interior page. */
  readonly child: number | undefined;
  /** Of a table. */
  readonly key: number | undefined;
  /** Undefined in the interior of a table. */
  readonly payload: { readonly bytes: number; readonly local: Buffer; readonly overflow: number } | undefined;
}

interface Page {
  readonly isTable: boolean;
  readonly isLeaf: boolean;
  readonly cells: readonly Cell[];
  /** The last child of an interior page. */
  readonly right: number | undefined;
}

/** What is carried through one tree. */
interface Tree {
  readonly isTable: boolean;
  leafDepth: number | undefined;
  lastKey: number;
  readonly onRecord?: ((record: Buffer) => void) | undefined;
}

class Walk {
  readonly #used = new Set<number>();

  constructor(private readonly snapshot: DatabaseSnapshot) {}

  freelist(): void {
    const header = this.#bytes(1);
    let trunk = header.readUInt32BE(32);
    let pages = 0;
    while (trunk !== 0) {
      this.#take(trunk, 'the list of free pages');
      const page = this.#bytes(trunk);
      const leaves = page.readUInt32BE(4);
      if (leaves > this.snapshot.usable / 4 - 2) throw new Damage(`page ${trunk} is no page of the list of free pages`);
      for (let leaf = 0; leaf < leaves; leaf++) this.#take(page.readUInt32BE(8 + 4 * leaf), 'the list of free pages');
      pages += 1 + leaves;
      trunk = page.readUInt32BE(0);
    }
    if (pages !== header.readUInt32BE(36)) throw new Damage('its list of free pages does not have the length it says');
  }

  /** The first pages of all tables and indexes but the schema itself, which is checked on the way. */
  schemaRoots(): number[] {
    const roots: number[] = [];
    this.#tree(1, (record) => {
      const columns = columnsOf(record);
      const root = columns[ROOT_COLUMN];
      if (!SCHEMA_TYPES.has(String(columns[0])) || typeof root !== 'number')
        throw new Damage('its schema has an entry that is none');
      if (root !== 0) roots.push(root);
    });
    return roots;
  }

  tree(root: number): void {
    this.#tree(root);
  }

  #tree(root: number, onRecord?: (record: Buffer) => void): void {
    const { isTable } = this.#page(root);
    const tree: Tree = { isTable, leafDepth: undefined, lastKey: Number.NEGATIVE_INFINITY, onRecord };
    this.#visit(root, tree, 0);
  }

  #visit(n: number, tree: Tree, depth: number): void {
    this.#take(n, 'a table');
    const page = this.#page(n);
    if (page.isTable !== tree.isTable || depth > MAX_DEPTH) throw new Damage(`page ${n} is in the wrong place`);
    if (page.isLeaf) tree.leafDepth ??= depth;
    if (page.isLeaf && tree.leafDepth !== depth) throw new Damage(`page ${n} is in the wrong place`);
    for (const { child, key, payload } of page.cells) {
      if (child !== undefined) this.#visit(child, tree, depth + 1);
      if (key !== undefined) {
        if (key < tree.lastKey) throw new Damage(`the rows of page ${n} are not in order`);
        tree.lastKey = key;
      }
      if (payload) this.#payload(n, payload, tree);
    }
    if (page.right !== undefined) this.#visit(page.right, tree, depth + 1);
  }

  #payload(n: number, { bytes, local, overflow }: NonNullable<Cell['payload']>, tree: Tree): void {
    const problem = recordProblem(local, bytes);
    if (problem !== undefined) throw new Damage(`page ${n} has a row that ${problem}`);
    const parts = [local];
    let left = bytes - local.length;
    let next = overflow;
    while (left > 0) {
      this.#take(next, 'a long row');
      const page = this.#bytes(next);
      const part = page.subarray(4, 4 + Math.min(left, this.snapshot.usable - 4));
      if (tree.onRecord) parts.push(part);
      left -= part.length;
      next = page.readUInt32BE(0);
    }
    if (next !== 0) throw new Damage(`page ${n} has a row that is longer than it says`);
    tree.onRecord?.(Buffer.concat(parts));
  }

  #take(n: number, what: string): void {
    if (n < 1 || n > this.snapshot.count) throw new Damage(`${what} leads to page ${n}, which does not exist`);
    if (this.#used.has(n)) throw new Damage(`page ${n} belongs to two places`);
    this.#used.add(n);
  }

  #bytes(n: number): Buffer {
    const page = this.snapshot.page(n);
    if (page) return page;
    throw new Damage(`it ends before page ${n} of ${this.snapshot.count}`);
  }

  #page(n: number): Page {
    const bytes = this.#bytes(n);
    const start = n === 1 ? 100 : 0;
    const type = bytes[start];
    const isTable = type === TABLE.interior || type === TABLE.leaf;
    const isLeaf = type === TABLE.leaf || type === INDEX.leaf;
    if (!isTable && type !== INDEX.interior && type !== INDEX.leaf)
      throw new Damage(`page ${n} is not what belongs there`);
    const count = bytes.readUInt16BE(start + 3);
    const pointers = start + (isLeaf ? 8 : 12);
    const content = pointers + 2 * count;
    if (content > this.snapshot.usable) throw new Damage(`page ${n} holds more rows than fit`);
    const cells: Cell[] = [];
    for (let i = 0; i < count; i++) {
      const at = bytes.readUInt16BE(pointers + 2 * i);
      const cell = at < content ? undefined : this.#cell(bytes, at, { isTable, isLeaf });
      if (!cell) throw new Damage(`page ${n} has a row that does not lie in it`);
      cells.push(cell);
    }
    if (overlap(cells)) throw new Damage(`page ${n} has rows that lie on each other`);
    return { isTable, isLeaf, cells, right: isLeaf ? undefined : bytes.readUInt32BE(start + 8) };
  }

  /** @returns undefined when it does not fit into the page */
  #cell(page: Buffer, start: number, { isTable, isLeaf }: Pick<Page, 'isTable' | 'isLeaf'>): Cell | undefined {
    const { usable } = this.snapshot;
    if (start > usable - 4) return undefined;
    let at = start;
    const child = isLeaf ? undefined : page.readUInt32BE(at);
    if (!isLeaf) at += 4;
    let bytes: number | undefined;
    if (isLeaf || !isTable) [bytes, at] = varintAt(page, at);
    let key: number | undefined;
    if (isTable) [key, at] = varintAt(page, at);
    if (bytes === undefined) return at > usable ? undefined : { start, end: at, child, key, payload: undefined };
    if (bytes < 0) return undefined;
    const size = localBytes(bytes, usable, isTable);
    const end = at + size + (size < bytes ? 4 : 0);
    if (end > usable) return undefined;
    const overflow = size < bytes ? page.readUInt32BE(at + size) : 0;
    return { start, end, child, key, payload: { bytes, local: page.subarray(at, at + size), overflow } };
  }
}

/** How much of a row lies in the page itself. */
function localBytes(bytes: number, usable: number, isTable: boolean): number {
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (bytes <= most) return bytes;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((bytes - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}

function overlap(cells: readonly Cell[]): boolean {
  const sorted = [...cells].sort((one, other) => one.start - other.start);
  return sorted.some(({ start }, i) => i > 0 && start < (sorted[i - 1]?.end ?? 0));
}
