/**
 * The search attributes of a task: what lists in the Web UI show, and can be filtered by. They are never encrypted, so
 * none holds a text of the task. Pure; the workflow sandbox imports this file.
 */

/** Names as Temporal knows them; `as`: the short name in what a worker reports. */
export const SEARCH_ATTRIBUTES = {
  status: { name: 'RookeryStatus', type: 'Keyword' },
  model: { name: 'RookeryModel', type: 'Keyword' },
  name: { name: 'RookeryName', type: 'Keyword' },
  group: { name: 'RookeryGroup', type: 'Keyword' },
  needs_you: { name: 'RookeryNeedsYou', type: 'Keyword' },
  cost: { name: 'RookeryCost', type: 'Double' },
} as const;

export type SearchAttribute = keyof typeof SEARCH_ATTRIBUTES;

export const ALL_SEARCH_ATTRIBUTES = Object.keys(SEARCH_ATTRIBUTES) as readonly SearchAttribute[];

/** What a worker reports of the search attributes that are registered. */
export interface SearchReport {
  /** Those of status and model are. */
  readonly searchable?: true;
  /** The others that are. Absent in reports of earlier versions. */
  readonly searches?: readonly SearchAttribute[];
}

/** Without those of status and model a task has none. */
export function searchReportOf(registered: readonly SearchAttribute[]): SearchReport {
  if (!FIRST.every((one) => registered.includes(one))) return {};
  const others = registered.filter((one) => !FIRST.includes(one));
  return { searchable: true, ...(others.length === 0 ? {} : { searches: others }) };
}

/** A name and a group are texts of a person: where payloads are encrypted they stay out. */
export function searchAttributesFor(
  registered: readonly SearchAttribute[],
  { encrypted }: { readonly encrypted: boolean },
): readonly SearchAttribute[] {
  return encrypted ? registered.filter((one) => one !== 'name' && one !== 'group') : registered;
}

/** As a sentence has them: `RookeryStatus and RookeryModel`. */
export function searchNames(attributes: readonly SearchAttribute[]): string {
  return attributes
    .map((one) => SEARCH_ATTRIBUTES[one].name as string)
    .join(', ')
    .replace(/, ([^,]+)$/, ' and $1');
}

// ---

const FIRST: readonly SearchAttribute[] = ['status', 'model'];
