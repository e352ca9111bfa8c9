/** Takes the speed of the machine as often as it is asked to, as a process of its own that can be slowed down. */
import { speed } from './machine.js';

process.on('disconnect', () => process.exit(0));
process.on('message', () => process.send?.(speed()));
process.send?.('ready');
