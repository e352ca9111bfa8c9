/** The commands of README.md, and of pages that need as little, are run as they stand there. */
import { runScenes } from './run-scenes.js';
import { README, TASKS } from './scenes/tasks.js';

const QUICK = ['docs/answers.md', 'docs/sandbox.md'];

runScenes([...README, ...TASKS.filter(({ page }) => QUICK.includes(page))]);
