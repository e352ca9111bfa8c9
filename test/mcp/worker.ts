/** A small worker of the tests' own, to be killed: holds MCP servers. Arguments: work directory, `sandbox` or `free`, servers as JSON. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createMcp } from '../../src/mcp/create-mcp.js';
import { findSandbox } from '../../src/sandbox/detect.js';

const [workdir = '', how = '', servers = '[]'] = process.argv.slice(2);
const found =
  how === 'sandbox'
    ? await findSandbox({ hidden: [workdir], home: homedir(), notes: join(workdir, 'notes') })
    : undefined;
const mcp = await createMcp({
  servers: JSON.parse(servers),
  workdir,
  sandbox: found?.kind === 'available' ? found.sandbox : undefined,
  announce: () => undefined,
  env: { PATH: process.env.PATH },
  deadlines: { startMs: 30_000 },
});
process.stdout.write(`${mcp.tools().length}\n`);
