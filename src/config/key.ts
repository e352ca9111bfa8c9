/** What the table of keys says of one of them. */

/**
 * `lower`: not above the value without the file. `within`: a directory of the project, within the current workspace.
 */
export type Narrowing = 'lower' | 'within';

export interface Key {
  readonly means: string;
  readonly byDefault: string;
  /** A line of TOML. */
  readonly example: string;
  /** How far an untrusted file may set it. Absent: not at all. */
  readonly untrusted?: Narrowing;
}
