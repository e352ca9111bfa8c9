/** The systems outside Temporal that `--peers` measures, by the names of their files. */
import { dbos } from './dbos.js';
import { files } from './files.js';
import { langgraph } from './langgraph.js';
import { restate } from './restate.js';
import type { System } from './system.js';

export const SYSTEMS = { files, restate, dbos, langgraph } as const satisfies Readonly<Record<string, System>>;
