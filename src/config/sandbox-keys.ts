/** The part of the table of keys that widens what commands in the sandbox see. Only the user's file may. */
export const SANDBOX_KEYS: Readonly<Record<string, { means: string; byDefault: string; example: string }>> = {
  'sandbox.read': {
    means: "Paths that commands in the sandbox see besides, read-only. Only in the user's file",
    byDefault: 'none',
    example: 'sandbox.read = ["~/datasets"]',
  },
  'sandbox.write': {
    means: "Paths that they may write. Only in the user's file",
    byDefault: 'none',
    example: 'sandbox.write = ["~/shared-cache"]',
  },
  'sandbox.env': {
    means: "Names of variables that are passed to them. Only in the user's file",
    byDefault: 'none',
    example: 'sandbox.env = ["CI"]',
  },
};
