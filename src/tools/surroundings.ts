/** Looks at a workspace for the policy: for the worker, and for `policy check`, which tells what it would say. */
import { realpathSync } from 'node:fs';
import type { Surroundings } from '../domain/surroundings.js';
import { credentialsIn } from '../files/credential-files.js';
import { noteRepository, problemOfRepository, trackedCredentials } from './repository.js';

/** For one judgement: looks when it is asked, each thing once. `env` is the worker's. The repository is noted at once: one made later does not count. */
export function surroundingsOf(workspace: string, env: Readonly<Record<string, string | undefined>>): Surroundings {
  noteRepository(workspace);
  return {
    real: (path) => {
      try {
        return realpathSync(path);
      } catch {
        return undefined;
      }
    },
    credentials: once(() => {
      const { complete, ...found } = credentialsIn(workspace);
      return complete ? found : undefined;
    }),
    tracked: once(() => trackedCredentials(workspace, env)),
    problemOfRepository: once(() => problemOfRepository(workspace, env)),
  };
}

// ---

/** A line may hold many commands that ask the same. */
function once<T>(compute: () => T): () => T {
  let cached: { readonly value: T } | undefined;
  return () => {
    cached ??= { value: compute() };
    return cached.value;
  };
}
