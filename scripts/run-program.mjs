/** Builds the product and runs a long program of the tests beside it, straight from its TypeScript. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `--no-build` leaves the build out. The other arguments go to the program. */
export async function runProgram(file) {
  process.chdir(root);
  // What the program makes is not to be writable by a group, whatever the shell says: the product would refuse it.
  process.umask(0o022);
  if (!process.argv.includes('--no-build')) {
    const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
    if (status !== 0) process.exit(1);
  }
  process.argv = process.argv.filter((argument) => argument !== '--no-build');
  const { createJiti } = await import('jiti');
  await createJiti(root, { fsCache: false }).import(`${root}${file}`);
}
