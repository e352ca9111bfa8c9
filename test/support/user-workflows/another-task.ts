/** A module that has the agent of the package, and another workflow under the name of the packaged one. */
export { runAgent } from '../../../workflows/index.js';

export async function backgroundTask(): Promise<void> {}
