/**
 * What the strict servers of the providers' protocols share: a request, a refusal, and what the model in them gives.
 * They refuse what the real APIs refuse, in words of their own.
 */

export type Json = Readonly<Record<string, unknown>>;

export interface StrictRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Json;
}

export interface GivenCall {
  readonly id: string;
  readonly name: string;
  readonly args: Json;
}

/** One reply of the model. Reasoning and signature are the same for the same model and number: they can be checked later. */
export interface Given {
  readonly thinking: string;
  readonly signature: string;
  readonly text: string;
  readonly calls: readonly GivenCall[];
  /** The provider's own word; absent: as the reply is. */
  readonly finish?: string;
}

export interface Dialect {
  readonly name: string;
  /** Put before the nine characters that every call id ends in. */
  readonly idPrefix: string;
  /** Throws a `Refused`. */
  check(request: StrictRequest): void;
  /** How many replies the conversation in a request holds. */
  replies(body: Json): number;
  /** The reply as an event stream. */
  events(given: Given, body: Json): string;
  errorBody(refused: Refused): unknown;
}

export class Refused extends Error {
  constructor(
    message: string,
    readonly status = 400,
    /** The parameter or place that it is about. */
    readonly at: string | null = null,
  ) {
    super(message);
  }
}

export function demand(holds: unknown, message: string, status = 400, at: string | null = null): asserts holds {
  if (!holds) throw new Refused(message, status, at);
}

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isRecord) : []);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** Three pieces, none of which cuts a character. */
export function pieces(text: string): string[] {
  const points = Array.from(text);
  const third = Math.max(1, Math.ceil(points.length / 3));
  return [0, 1, 2].map((i) => points.slice(i * third, (i + 1) * third).join('')).filter((piece) => piece !== '');
}

/** Every string of a value, its keys included. */
export function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* stringsIn(item);
  else if (isRecord(value))
    for (const [key, item] of Object.entries(value)) {
      yield key;
      yield* stringsIn(item);
    }
}

/** Every schema in a JSON schema, the schema itself included. */
export function* schemasIn(schema: unknown): Generator<Json> {
  if (Array.isArray(schema)) for (const item of schema) yield* schemasIn(item);
  if (!isRecord(schema)) return;
  yield schema;
  const { properties, $defs, definitions, ...rest } = schema;
  for (const named of [properties, $defs, definitions]) if (isRecord(named)) yield* schemasIn(Object.values(named));
  const inner = ['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'not', 'additionalProperties'];
  for (const key of inner) yield* schemasIn(rest[key]);
}

/** How many replies were removed from a conversation, as its notice says. */
export function removedIn(texts: readonly string[]): number {
  const [, removed] = texts.map((text) => /\[The first (\d+) replies/.exec(text)).find(Boolean) ?? [];
  return Number(removed ?? 0);
}
