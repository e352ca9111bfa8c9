/**
 * Which protected paths a git command may write after a person has approved it: those that projects commit. Never what
 * git itself runs, what decides what runs here, keys, or what starts programs for a whole home. Pure.
 */
import { foldName, protectionOf } from './protected.js';

/** `path`: relative to the workspace. */
export function isRestorable(path: string): boolean {
  const names = path.split('/').map(foldName).filter(Boolean);
  return protectionOf(path) !== undefined && !names.some((name) => NEVER.has(name));
}

// ---

const NEVER: ReadonlySet<string> = new Set([
  ...['.git', 'head', 'config', 'hooks', 'git~1', 'git~2', '.gitconfig', '.mcp.json', 'rookery.toml'],
  ...['.ssh', '.gnupg', '.netrc', '.local', '.config', 'library'],
]);
