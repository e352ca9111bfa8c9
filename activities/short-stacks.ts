/** Activities whose failures, which history keeps, have stack traces without the directories of this build. */
import { withShortStack } from '../src/domain/stack.js';

/** @returns the same activities; each throws what it threw */
export function withShortStacks<T extends Readonly<Record<string, (...args: never[]) => Promise<unknown>>>>(
  activities: T,
): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    (...args: never[]) =>
      activity(...args).catch((error: unknown) => {
        throw withShortStack(error);
      }),
  ]);
  return Object.fromEntries(wrapped) as T;
}
