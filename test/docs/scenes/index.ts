/** All scenes. A block without one fails `test/docs/scenes.test.ts`. */
import type { Scene } from '../scene.js';
import { CONTROL } from './control.js';
import { OPERATING } from './operating.js';
import { README, TASKS } from './tasks.js';

const PROTOCOL = 'test/protocol/temporal.sh';

/** The repository's own commands, and programs that another test runs. */
const OTHERS: readonly Scene[] = [
  {
    page: 'docs/cluster.md',
    block: 'npm run test:cluster',
    notHere: {
      'npm run test:cluster': 'tests',
      'TASKS=20 SEED=7 npm run test:cluster': 'tests',
      'FROM=../rookery-0.1 npm run test:cluster': 'tests',
    },
  },
  {
    page: 'docs/protocol.md',
    block: 'id=$(cat /proc/sys/kernel/random/uuid)',
    notHere: { 'id=': PROTOCOL, 'input=': PROTOCOL, temporal: PROTOCOL },
  },
  {
    page: 'docs/reliability.md',
    block: 'npm run test:reliability',
    notHere: { 'npm run test:reliability': 'tests', 'SEED=2 npm run test:reliability': 'tests' },
  },
  {
    page: 'docs/testing.md',
    block: 'npm test',
    notHere: { 'npm test': 'tests', 'npm run test:long': 'tests', 'node scripts/test.mjs': 'tests' },
  },
  {
    page: 'docs/testing.md',
    block: 'npm run build',
    notHere: { 'npm run build': 'tests', 'npm run mutate': 'tests' },
  },
];

export const SCENES: readonly Scene[] = [...README, ...TASKS, ...CONTROL, ...OPERATING, ...OTHERS];
