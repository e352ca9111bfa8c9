/**
 * Stories that share the kills of one worker: it is killed when every story that still runs has come to its next kill, so
 * many stories cost a few kills.
 */

/** Kills the worker, does something while none runs, and starts another one. */
export type Kill = (meanwhile?: () => Promise<unknown>) => Promise<void>;
export type Story = (kill: Kill) => Promise<void>;

/** Begins all of them. @returns for each a function that resolves when it has ended, and throws what it threw */
export function tellTogether<Name extends string>(
  stories: Readonly<Record<Name, Story>>,
  { kill, spawn }: { kill(): Promise<void>; spawn(): Promise<void> },
): Readonly<Record<Name, () => Promise<void>>> {
  const names = Object.keys(stories) as Name[];
  let running = names.length;
  let waiting: { meanwhile(): Promise<unknown>; done(error?: unknown): void }[] = [];
  const strike = async (): Promise<void> => {
    if (waiting.length === 0 || waiting.length < running) return;
    const those = waiting;
    waiting = [];
    await kill();
    const outcomes = await Promise.allSettled(those.map(({ meanwhile }) => meanwhile()));
    await spawn();
    for (const [at, { done }] of those.entries()) done((outcomes[at] as Partial<PromiseRejectedResult>).reason);
  };
  const killing: Kill = (meanwhile = async () => undefined) =>
    new Promise((resolve, reject) => {
      waiting.push({ meanwhile, done: (error) => (error === undefined ? resolve() : reject(error)) });
      void strike();
    });
  const told = names.map((name) => {
    const end = stories[name](killing).finally(() => {
      running--;
      void strike();
    });
    // Thrown where it is awaited.
    end.catch(() => undefined);
    return [name, () => end] as const;
  });
  return Object.fromEntries(told) as Record<Name, () => Promise<void>>;
}
