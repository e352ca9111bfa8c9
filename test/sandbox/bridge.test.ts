/** The small program that leads a port of the sandbox to the proxy lives as long as the proxy does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type AllowedNetwork, openNetwork } from '../../src/sandbox/network.js';

/** As in the sandbox, where the socket has another place; on any free port. */
function bridgeTo({ mounts, bridge: [, program] }: AllowedNetwork) {
  const [, socket = '', inner = ''] = mounts;
  const here = program.replaceAll(JSON.stringify(inner), JSON.stringify(socket)).replace('3128', '0');
  return spawn(process.execPath, ['-e', here], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('it ends when the proxy has ended, also when bubblewrap does not end it', async () => {
  const network = await openNetwork({ hosts: ['example.org'] });
  const bridge = bridgeTo(network);
  const ended = once(bridge, 'exit');
  const [said] = await once(bridge.stdout, 'data');
  expect(String(said)).toBe('ready\n');
  expect(bridge.exitCode).toBeNull();
  await network.close();
  expect(await ended).toEqual([1, null]);
});

test('without a proxy it does not stay', async () => {
  const network = await openNetwork({ hosts: ['example.org'] });
  await network.close();
  expect(await once(bridgeTo(network), 'exit')).toEqual([1, null]);
});
