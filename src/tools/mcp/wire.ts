/** What a connection needs of a transport beyond the library's: why it ended, in words. */
import type { Transport } from '@modelcontextprotocol/client';

export interface Wire extends Transport {
  /** After "it": "ended with exit code 1". Undefined: it has not ended by itself. */
  why(): string | undefined;
}
