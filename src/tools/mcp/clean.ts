/** Text of a server without what a reader cannot see: control, direction and zero-width characters, tags, half pairs. Pure. */

export function clean(text: string): string {
  return text.replace(UNSEEN, '');
}

/** The same, on one line. */
export function cleanLine(text: string, max: number): string {
  return clean(text.slice(0, 4 * max).replace(/\s+/g, ' '))
    .trim()
    .slice(0, max);
}

// ---

/** By the properties of Unicode, not by a list. Private and unassigned characters stay: a font may draw them. */
const UNSEEN = /(?![\n\t])\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu;
