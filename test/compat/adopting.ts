/** A person who resumes what RavenClaws left, with a model that follows a script. */
import { expect } from 'vitest';
import type { TaskInput } from '../../src/domain/protocol.js';
import type { BackgroundTaskManager } from '../../src/manager/manager.js';
import type { ModelScript } from '../support/book.js';
import type { Rig, Task } from '../support/rig.js';

/** The settings of who resumes. */
export function settingsFor(rig: Rig, script: ModelScript, more: Partial<TaskInput> = {}): Omit<TaskInput, 'prompt'> {
  const model = rig.book.add(script);
  return { provider: 'litellm', model, endpoint: rig.book.url, endpoint_origin: 'user', ...more };
}

export type Adopt = (task: string, script: ModelScript, more?: Partial<TaskInput>) => Promise<Task>;

export function adoptWith(rig: Rig, manager: BackgroundTaskManager): Adopt {
  return async (task, script, more) => {
    const settings = settingsFor(rig, script, more);
    const outcome = await manager.resume(task, { adopt: async () => settings });
    expect(outcome).toMatchObject({ id: task, ok: true, status: 'Running' });
    return rig.task(task, settings.model);
  };
}
