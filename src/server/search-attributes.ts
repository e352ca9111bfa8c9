/** Which search attributes of tasks a namespace has, and how it gets the others. */
import type { Client, Connection } from '@temporalio/client';
import { ALL_SEARCH_ATTRIBUTES, SEARCH_ATTRIBUTES, type SearchAttribute } from '../domain/search.js';

/** By searches, which every client may make: Temporal Cloud has no operator service. One of another type is not ours. */
export async function registeredSearchAttributes(client: Client): Promise<readonly SearchAttribute[]> {
  if (await canSearch(client, ALL_SEARCH_ATTRIBUTES)) return ALL_SEARCH_ATTRIBUTES;
  const found = await Promise.all(ALL_SEARCH_ATTRIBUTES.map((one) => canSearch(client, [one])));
  return ALL_SEARCH_ATTRIBUTES.filter((_, n) => found[n]);
}

/** Throws the cluster's error when registration is not permitted. */
export async function registerSearchAttributes(
  client: {
    readonly connection: Pick<Connection, 'operatorService'>;
    readonly options: { readonly namespace: string };
  },
  missing: readonly SearchAttribute[],
): Promise<void> {
  const named = missing.map((one) => [SEARCH_ATTRIBUTES[one].name, NUMBERS[SEARCH_ATTRIBUTES[one].type]] as const);
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(named),
  });
}

/** For the command of Temporal Cloud. */
export function cloudOptions(attributes: readonly SearchAttribute[]): string {
  return attributes.map((one) => `--sa "${SEARCH_ATTRIBUTES[one].name}=${SEARCH_ATTRIBUTES[one].type}"`).join(' ');
}

// ---

/** The protocol's numbers of the types. */
const NUMBERS = { Keyword: 2, Double: 4 } as const;
const TESTS = { Keyword: `= ''`, Double: '= 0.5' } as const;

async function canSearch(client: Client, attributes: readonly SearchAttribute[]): Promise<boolean> {
  const tests = attributes.map((one) => `${SEARCH_ATTRIBUTES[one].name} ${TESTS[SEARCH_ATTRIBUTES[one].type]}`);
  try {
    const { namespace } = client.options;
    await client.workflowService.listWorkflowExecutions({ namespace, query: tests.join(' AND '), pageSize: 1 });
    return true;
  } catch {
    return false;
  }
}
