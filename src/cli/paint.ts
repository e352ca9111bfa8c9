/** Colours of a terminal, for text that holds no control characters. Pure. */

const CODES = { yellow: '33', cyan: '36', dim: '2', red: '31', green: '32' } as const;

export type Style = keyof typeof CODES;

export function paint(text: string, style: Style, color: boolean): string {
  return color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}
