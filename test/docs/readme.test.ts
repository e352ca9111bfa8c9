/** The commands of README.md are run as they stand there. */
import { runScenes } from './run-scenes.js';
import { README } from './scenes/tasks.js';

runScenes(README);
