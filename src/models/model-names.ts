/** What a provider's list says about a model: whether it has it, and which names are nearest to one that it lacks. Pure. */

export interface ModelNames {
  readonly names: readonly string[];
  /** False: there are more. */
  readonly isWhole: boolean;
  readonly facts?: ModelFacts;
}

/** What the provider says about the model beyond its name; today only Ollama does. */
export interface ModelFacts {
  /** Tokens that it is given. */
  readonly window?: number;
  /** The most tokens that it could be given. */
  readonly largestWindow?: number;
  readonly tools?: boolean;
}

/**
 * A name stands for a listed snapshot of it (`claude-sonnet-4-5` for `claude-sonnet-4-5-20250929`), for its default tag
 * (`llama3.1` for `llama3.1:latest`), and with a suffix of its own for the listed one (`openai/gpt-5:floor`).
 */
export function isListed(model: string, names: readonly string[]): boolean {
  const wanted = model.toLowerCase();
  const base = wanted.replace(/[-:]latest$/, '');
  return names.some((name) => {
    const listed = name.toLowerCase();
    if (listed === wanted || `${listed}:latest` === wanted || wanted.startsWith(`${listed}:`)) return true;
    return listed.startsWith(base) && /^([-@](\d{4}-\d{2}-\d{2}|\d{6,8})|[-:]latest)$/.test(listed.slice(base.length));
  });
}

/** At most three names, the nearest first; none when all are far. */
export function nearestNames(model: string, names: readonly string[]): string[] {
  const wanted = model.toLowerCase();
  const near = names.flatMap((name) => {
    const distance = Math.min(...formsOf(name).map((form) => editDistance(wanted, form)));
    return distance <= Math.max(2, Math.floor(wanted.length / 3)) ? [{ name, distance }] : [];
  });
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

// --- internal ---

const LONGEST = 100;

/** With and without the vendor in front of it. */
function formsOf(name: string): string[] {
  const lower = name.toLowerCase();
  return [lower, lower.slice(lower.lastIndexOf('/') + 1)];
}

/** Insertions, deletions and replacements from one text to the other. Longer texts are cut: names are short. */
function editDistance(a: string, b: string): number {
  const [from, to] = [a.slice(0, LONGEST), b.slice(0, LONGEST)];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
