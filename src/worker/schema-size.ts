/** How much of a model's window the tools take before a task has begun. */
import { createTools, toSpec } from '../tools/catalogue.js';

/** Four characters a token: an estimate that is right within a fifth for JSON. */
const CHARACTERS_PER_TOKEN = 4;

/** Of the built-in tools; those of MCP servers and of the user come on top. */
export async function builtinSchemaTokens(): Promise<number> {
  const specs = [...(await createTools({ env: {} })).values()].map(toSpec);
  return Math.ceil(JSON.stringify(specs).length / CHARACTERS_PER_TOKEN);
}
