/** Preloaded with --import: appends what a process loads, and at its end what it has required, to the file LOADED_MODULES. */
import { appendFileSync } from 'node:fs';
import Module, { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const note = (urls) => appendFileSync(process.env.LOADED_MODULES, urls.map((url) => `${url}\n`).join(''));

/** Runs in the thread of the hooks, which loads this file for itself. */
export async function load(url, context, next) {
  note([url]);
  return next(url, context);
}

if (isMainThread) {
  register(import.meta.url);
  process.on('exit', () => note(Object.keys(Module._cache)));
}
