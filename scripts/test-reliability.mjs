/**
 * `npm run test:reliability`: the long run of faults against the embedded server. Not part of `npm test`. The options are
 * described in test/reliability/main.ts.
 */
import { runProgram } from './run-program.mjs';

await runProgram('test/reliability/main.ts');
