/** The tool under test. */
import { defineTool } from 'rookery';
import { z } from 'zod';

const stock = new Map([
  ['apples', 12],
  ['pears', 0],
]);

export const countStock = defineTool({
  name: 'count_stock',
  description: 'How many pieces of one kind of fruit the shop has.',
  input: z.strictObject({ fruit: z.string() }),
  effect: 'read',
  run: async ({ fruit }) => ({ outcome: 'ok', content: `${stock.get(fruit) ?? 'unknown'}` }),
});
