/** An unsafe tool whose effect can be counted: the shell appends one line to a file. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'ledger.txt';

/** A call that appends the line; `then` runs after it. */
export function ledgerCall(line: string, then = ''): { name: string; args: { command: string } } {
  return { name: 'shell', args: { command: `echo ${line} >> ${FILE}${then && `; ${then}`}` } };
}

export function readLedger(workspace: string): string[] {
  const path = join(workspace, FILE);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}
