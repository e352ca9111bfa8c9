/** Bundles a module of `user-workflows`, as the worker of a user does. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** @returns the path of the bundle, next to `workspace` */
export async function bundleOf(module: string, workspace: string): Promise<string> {
  const workflowsPath = resolve('test/support/user-workflows', module);
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const path = join(workspace, '..', `${module}.bundle.js`);
  writeFileSync(path, code);
  return path;
}
