/**
 * Reads JSON as the loader of RavenClaws (serde, derived) does: an object with its fields in any order and unknown
 * fields allowed, or a list of exactly its values in order. Pure; throws an error whose message names the field.
 */
import { type RawFields, rawFieldsOf, readJson, stringOf, valuesOf } from '../domain/json-text.js';

/** The largest of its whole numbers (u64). */
const LARGEST = 2n ** 64n - 1n;

type Values = Readonly<Record<string, unknown>>;

export class Fields {
  private constructor(
    private readonly known: ReadonlyMap<string, string>,
    /** Unknown fields, in order. */
    readonly extra: RawFields,
    /** Values that were parsed already: long strings need no second parse. Holds no name twice. */
    private readonly values?: Values,
  ) {}

  /** Of a whole file. */
  static ofText(text: string, names: readonly string[]): Fields {
    if (text.startsWith('\uFEFF')) throw new Error('it begins with a byte order mark');
    if (/^[ \t\n\r]*$/.test(text)) throw new Error('it is empty');
    const read = readJson(text);
    if ('problem' in read) throw new Error(`it is not complete JSON: ${read.problem.replaceAll('\n', ' ')}`);
    const { known, extra } = Fields.of(text.trim(), names);
    return new Fields(known, extra, Array.isArray(read.value) ? undefined : (read.value as Values));
  }

  /** Of a value inside a file. */
  static of(json: string, names: readonly string[]): Fields {
    const values = valuesOf(json);
    if (values) return Fields.#ofList(values, names);
    const fields = rawFieldsOf(json);
    if (!fields) throw new Error(`${short(json)} is not an object`);
    const known = new Map<string, string>();
    const extra: [string, string][] = [];
    for (const [literal, value] of fields) {
      const name = stringOf(literal);
      if (name === undefined) throw new Error(`the field name ${short(literal)} has a lone surrogate`);
      if (known.has(name)) throw new Error(`'${name}' is there twice`);
      if (names.includes(name)) known.set(name, value);
      else extra.push([name, value]);
    }
    return new Fields(known, extra);
  }

  static #ofList(values: readonly string[], names: readonly string[]): Fields {
    if (values.length !== names.length) throw new Error(`it is a list of ${values.length}, not of ${names.length}`);
    return new Fields(new Map(names.map((name, i) => [name, values[i] ?? 'null'])), []);
  }

  /** The JSON text of a required field. */
  json(name: string): string {
    const json = this.known.get(name);
    if (json === undefined) throw new Error(`'${name}' is missing`);
    return json;
  }

  /** Like `json`; undefined when the field is null or missing. */
  raw(name: string): string | undefined {
    const json = this.known.get(name);
    return json === 'null' ? undefined : json;
  }

  text(name: string): string {
    const json = this.json(name);
    const value = this.values?.[name];
    if (typeof value === 'string' && value.isWellFormed()) return value;
    const text = stringOf(json);
    if (text !== undefined) return text;
    throw new Error(
      json.startsWith('"') ? `'${name}' has a lone surrogate` : `'${name}' must be a string, not ${short(json)}`,
    );
  }

  optionalText(name: string): string | null {
    return this.raw(name) === undefined ? null : this.text(name);
  }

  /** As digits: a double cannot hold all of them. */
  whole(name: string): string {
    const json = this.json(name);
    if (/^\d+$/.test(json) && BigInt(json) <= LARGEST) return json;
    throw new Error(`'${name}' must be a whole number from 0 to ${LARGEST}, not ${short(json)}`);
  }

  flag(name: string): boolean {
    const json = this.json(name);
    if (json === 'true' || json === 'false') return json === 'true';
    throw new Error(`'${name}' must be true or false, not ${short(json)}`);
  }

  list(name: string): string[] {
    const json = this.json(name);
    const values = valuesOf(json);
    if (values) return values;
    throw new Error(`'${name}' must be a list, not ${short(json)}`);
  }
}

export function short(json: string): string {
  const text = json.replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
