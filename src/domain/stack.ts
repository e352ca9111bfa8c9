/** Stack traces of failures as history has them: without the directories of the build that made them. Pure. */

const FRAME = /^(\s+at (?:.*\()?(?:async )?)(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/]).*)$/;

/** Of a path the package and the file stay; in our own modules the folder and the file. */
export function withoutDirectories(stack: string): string {
  return stack
    .split('\n')
    .map((line) => line.replace(FRAME, (_, before: string, path: string) => `${before}${shortened(path)}`))
    .join('\n');
}

/** For the failure, and for the failures that caused it. @returns the same failure */
export function withShortStack<T>(failure: T): T {
  let error: unknown = failure;
  for (let depth = 0; error instanceof Error && depth < DEPTH; depth++) {
    if (typeof error.stack === 'string' && !Object.isFrozen(error)) error.stack = withoutDirectories(error.stack);
    error = error.cause;
  }
  return failure;
}

// ---

/** A chain of causes may be a ring. */
const DEPTH = 10;

function shortened(path: string): string {
  const parts = path.split(/[\\/]/);
  const modules = parts.lastIndexOf('node_modules');
  return parts.slice(modules >= 0 ? modules + 1 : -2).join('/');
}
