/** The one task that this command is about, for the sentence about a result that could not be written. */

let id: string | undefined;

export function noteTaskAtHand(task: string): void {
  id = task;
}

/** Where the result is to be had again. */
export function wayToResult(): string {
  return id === undefined ? 'see `rookery list` and `rookery status ID`' : `\`rookery result ${id}\` prints it again`;
}
