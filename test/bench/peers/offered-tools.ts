/** The tools that the product offers a model, as the protocol has them: the raw peers send the same bytes. */
import { createTools, toSpec } from '../../../src/tools/catalogue.js';

export async function offeredTools(): Promise<readonly unknown[]> {
  const tools = await createTools({ env: process.env });
  return [...tools.values()].map(toSpec).map((spec) => ({ type: 'function', function: spec }));
}
