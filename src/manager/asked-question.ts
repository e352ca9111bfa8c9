/** What the call of a tool that asks the person says, from its arguments: they are the model's own, whatever they are. */

export interface AskedQuestion {
  /** Undefined: the arguments have none. */
  readonly question: string | undefined;
  /** None: any answer. */
  readonly choices: readonly string[];
}

export function askedIn(args: unknown): AskedQuestion {
  const { question, choices } = Object(args) as { readonly question?: unknown; readonly choices?: unknown };
  return {
    question: typeof question === 'string' ? question : undefined,
    choices: Array.isArray(choices) ? choices.filter((one): one is string => typeof one === 'string') : [],
  };
}
