/** The user's tools for the command: loads the modules that the settings name, and the loader only when they name one. */
import type { Tool } from './tool.js';

/** Absolute paths. Throws RookeryError 'usage' for a file that gives no tools. */
export async function ownTools(files: readonly string[]): Promise<Tool[]> {
  if (files.length === 0) return [];
  const { loadTools } = await import('./load.js');
  return loadTools(files);
}
