/**
 * `npm run test:cluster`: tasks on a real Temporal cluster while PostgreSQL restarts and workers are killed. Not part of
 * `npm test`. The options are described in test/cluster/main.ts.
 */
import { runProgram } from './run-program.mjs';

await runProgram('test/cluster/main.ts');
