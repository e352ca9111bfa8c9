/** Loads a module of the user, in JavaScript or TypeScript. Its code runs here. */
import { RookeryError } from '../domain/errors.js';
import { activityTool, nexusTool, workflowTool } from './delegated.js';
import { defineTool } from './tool.js';

export async function loadModule(file: string): Promise<unknown> {
  const [{ createJiti }, zod] = await Promise.all([import('jiti'), import('zod')]);
  const jiti = createJiti(file, {
    // By default in a directory that every user can write: code found there would be run.
    fsCache: false,
    // Every module of the user gets this copy of the modules.
    virtualModules: {
      rookery: { activityTool, defineTool, nexusTool, workflowTool, RookeryError },
      zod,
      'zod/v4': zod,
    },
  });
  return jiti.import(file);
}
