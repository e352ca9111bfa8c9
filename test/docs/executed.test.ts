/** The commands of all other pages are run as they stand there, and what the pages show is compared. */
import { runScenes } from './run-scenes.js';
import { CONTROL } from './scenes/control.js';
import { OPERATING } from './scenes/operating.js';
import { TASKS } from './scenes/tasks.js';

runScenes([...TASKS, ...CONTROL, ...OPERATING]);
