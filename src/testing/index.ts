/**
 * The entry point for tests of programs that use Rookery: a scripted model, files in memory, and a worker with both. What
 * its exports name in turn is in `rookery`.
 */
export { type Script, type ScriptedReply, scriptedModel } from '../models/scripted.js';
export { MemoryMirror } from './memory-mirror.js';
export {
  createTestEnvironment,
  type FinishedTask,
  type TemporalEnvironment,
  type TestEnvironment,
  type TestEnvironmentOptions,
  type TestedCall,
  type TestedTask,
} from './test-environment.js';
