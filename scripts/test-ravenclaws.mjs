/**
 * `npm run test:ravenclaws [-- BINARY]`: the round trip with the real RavenClaws 1.1.0: the given binary, or one installed with
 * cargo into the user's cache. Its files are taken over here; ours are read, listed, cancelled and resumed there. Opt-in: it
 * needs cargo, and minutes for the first time.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';

const VERSION = '1.1.0';
const MAIN = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const CANCELS = 24;
const PROMPT = 'Count the Bäume “now”.';

if (!existsSync(MAIN)) stop('There is no build. Run `npm run build` first.');
const binary = install();
const root = mkdtempSync(join(tmpdir(), 'rookery-ravenclaws-'));
const model = await startModel();
const theirs = place('theirs');
const ours = join(root, 'ours');
const results = [];
try {
  await step('a task that it left Running is adopted here and completes', adopt);
  await step('it lists and shows what we completed', readOurs);
  await step('it lists and shows a task that runs here', readRunning);
  await step('tasks that it cancels while they run here end cancelled everywhere', cancelRunning);
  await step('it skips an unknown field of 100,000 levels, as we do', readDeep);
  await step('a task that we hand over is resumed there, from its checkpoint, and completes', handOver);
} finally {
  await rookery(['down']);
  await rookery(['down'], theirs.workdir);
  await model.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}
const passed = results.filter(Boolean).length;
console.log(`${passed} passed, ${results.length - passed} failed`);
process.exitCode = passed === results.length ? 0 : 1;

// --- the steps

async function adopt() {
  const before = await ravenclaws(theirs, ['--background'], PROMPT);
  assert.equal(before.status, 0, before.stderr);
  const [name] = readdirSync(join(theirs.workdir, 'tasks')).filter((one) => one.endsWith('.json'));
  const file = join(theirs.workdir, 'tasks', name);
  const left = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(['Pending', 'Running'].includes(left.status));
  theirs.id = left.id;
  await rookery(
    ['resume', left.id, '--endpoint', model.url, '--model', 'answers', '--provider', 'litellm'],
    theirs.workdir,
    0,
  );
  await rookery(['wait', left.id, '--timeout', '60s'], theirs.workdir, 0);
  const now = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual([now.status, now.result, now.prompt], ['Completed', 'Seven “Bäume”.', PROMPT]);
  assert.equal(now.created_at, left.created_at);
}

async function readOurs() {
  const list = await ravenclaws(theirs, ['--task-list']);
  assert.match(list.stdout, new RegExp(`${theirs.id} +completed `));
  const status = await ravenclaws(theirs, ['--task-status', theirs.id]);
  assert.match(status.stdout, /Result: +Seven “Bäume”\./);
  assert.match(status.stdout, /Iterations: +1/);
}

async function readRunning() {
  const id = (await rookery(['submit', ...modelOf('works'), PROMPT], ours, 0)).stdout.trim();
  const checkpoint = join(ours, 'tasks', 'checkpoints', `${id}.json`);
  await until(() => existsSync(checkpoint), 'the first complete round');
  const own = { ...theirs, workdir: ours, id };
  assert.match((await ravenclaws(own, ['--task-list'])).stdout, new RegExp(`${id} +running `));
  assert.match((await ravenclaws(own, ['--task-status', id])).stdout, /Status: +running/);
  theirs.handed = id;
}

/** At moments that differ, some of them while the task ends by itself. */
async function cancelRunning() {
  const ends = new Map();
  for (let n = 0; n < CANCELS; n++) {
    const id = (await rookery(['submit', ...modelOf('quick'), PROMPT], ours, 0)).stdout.trim();
    const file = join(ours, 'tasks', `${id}.json`);
    await until(() => statusIn(file) !== 'Pending', 'the task runs');
    await pause((n * 53) % 700);
    await ravenclaws({ ...theirs, workdir: ours }, ['--task-cancel', id]);
    const waited = await rookery(['wait', id, '--timeout', '30s'], ours);
    const status = JSON.parse((await rookery(['status', id, '--json'], ours, 0)).stdout).status;
    const listed = JSON.parse((await rookery(['list', '--json'], ours, 0)).stdout).tasks.find((task) => task.id === id);
    assert.deepEqual([listed.status, statusIn(file)], [status, status]);
    assert.equal(waited.status, { Completed: 0, Cancelled: 3 }[status], `${status}: ${waited.stderr}`);
    await rookery(['mirror', 'rebuild', id], ours, 0);
    assert.equal(statusIn(file), status);
    ends.set(status, (ends.get(status) ?? 0) + 1);
  }
  console.log(`     ${CANCELS} cancels: ${[...ends].map(([status, count]) => `${count} ${status}`).join(', ')}`);
}

async function readDeep() {
  const there = place('deep');
  const id = '11111111-2222-4333-8444-555555555555';
  const file = join(there.workdir, 'tasks', `${id}.json`);
  const [any] = readdirSync(join(theirs.workdir, 'tasks')).filter((name) => name.endsWith('.json'));
  const known = JSON.parse(readFileSync(join(theirs.workdir, 'tasks', any), 'utf8'));
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  mkdirSync(join(there.workdir, 'tasks'), { recursive: true });
  writeFileSync(file, `{"deep":${deep},${JSON.stringify({ ...known, id }).slice(1)}`);
  assert.match((await ravenclaws(there, ['--task-list'])).stdout, new RegExp(`${id} +completed `));
  const { tasks } = JSON.parse((await rookery(['list', '--json'], there.workdir, 0)).stdout);
  assert.deepEqual(
    tasks.map((task) => task.id),
    [id],
  );
}

async function handOver() {
  const there = place('handed');
  await rookery(['export', theirs.handed, '--to', there.workdir], ours, 0);
  const checkpoint = JSON.parse(readFileSync(join(there.workdir, 'tasks', 'checkpoints', `${theirs.handed}.json`)));
  const file = join(there.workdir, 'tasks', `${theirs.handed}.json`);
  assert.match((await ravenclaws(there, ['--task-status', theirs.handed])).stdout, /Status: +running/);
  const asked = model.requests.length;
  const child = spawn(
    binary,
    [...there.flags, '--task-resume', '--scheduler', '--webhook-port', String(await freePort())],
    {
      env: there.env,
      stdio: 'ignore',
    },
  );
  try {
    await until(() => statusIn(file) === 'Completed', 'it completes the task');
  } finally {
    child.kill('SIGKILL');
  }
  const said = ({ role, content }) => ({ role, content });
  assert.deepEqual(model.requests[asked].messages.map(said), checkpoint.messages.map(said));
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).result, 'Seven “Bäume”.');
}

// --- the two programs

function install() {
  const [given] = process.argv.slice(2);
  if (given !== undefined) return existsSync(given) ? given : stop(`There is no file ${given}.`);
  const cache = join(envPaths('rookery', { suffix: '' }).cache, `ravenclaws-${VERSION}`);
  const path = join(cache, 'bin', 'ravenclaws');
  if (existsSync(path)) return path;
  if (spawnSync('cargo', ['--version']).status !== 0) stop('This test needs cargo (Rust).');
  mkdirSync(cache, { recursive: true });
  console.log(`Installing RavenClaws ${VERSION} into ${cache}`);
  const args = ['install', 'RavenClaws', '--version', VERSION, '--locked', '--root', cache];
  if (spawnSync('cargo', args, { stdio: 'inherit' }).status !== 0) stop('cargo could not install it.');
  return path;
}

/** A work directory of its own, with a configuration that names the model server. */
function place(name) {
  const workdir = join(root, name);
  const config = join(root, `${name}.toml`);
  const llm = { provider: 'openai-compatible', endpoint: model.url, model: 'answers', api_key: 'none' };
  writeFileSync(
    config,
    `[llm]\n${Object.entries(llm)
      .map(([key, value]) => `${key} = "${value}"\n`)
      .join('')}`,
  );
  const env = { PATH: process.env.PATH, HOME: root, RUST_LOG: 'off', RAVENCLAW__RUNTIME__WORKDIR: workdir };
  return { workdir, env, flags: ['--config', config] };
}

function ravenclaws({ env, flags, workdir }, args, input = '') {
  return run(binary, [...flags, ...args], { env: { ...env, RAVENCLAW__RUNTIME__WORKDIR: workdir }, input });
}

async function rookery(args, workdir = ours, code = undefined) {
  const own = Object.entries(process.env).filter(([name]) => !/^(ROOKERY|TEMPORAL)_/.test(name) || /_CLI$/.test(name));
  const env = { ...Object.fromEntries(own), ROOKERY_WORKDIR: workdir };
  const ran = await run(process.execPath, [MAIN, ...args], { cwd: root, env });
  if (code !== undefined) assert.equal(ran.status, code, ran.stderr);
  return ran;
}

/** Beside the model server, which is in this process. */
async function run(file, args, { input = '', ...options }) {
  const child = spawn(file, args, { ...options, stdio: 'pipe', timeout: 120_000 });
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout, stderr, status };
}

function modelOf(name) {
  return ['--provider', 'litellm', '--endpoint', model.url, '--model', name];
}

// --- the model, and the rest

/** `answers` answers; `quick` calls a tool twice and then answers, slowly enough to be cancelled; `works` calls a tool twice and then does not reply until another client asks. */
async function startModel() {
  const requests = [];
  const open = new Set();
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString() || '{}');
    requests.push(body);
    const replies = (body.messages ?? []).filter(({ role }) => role === 'assistant').length;
    if (body.model === 'works' && body.stream && replies >= 2) return void open.add(response);
    if (body.model === 'quick') await pause(100);
    const call = body.stream && (body.model === 'works' || (body.model === 'quick' && replies < 2));
    const message = call
      ? { role: 'assistant', content: null, tool_calls: [toolCall(replies)] }
      : { role: 'assistant', content: 'FINAL: Seven “Bäume”.' };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const reply = { id: 'x', object: 'chat.completion', created: 1, model: body.model, usage };
    const choice = { index: 0, finish_reason: call ? 'tool_calls' : 'stop' };
    response.writeHead(200, { 'content-type': body.stream ? 'text/event-stream' : 'application/json' });
    if (!body.stream) return void response.end(JSON.stringify({ ...reply, choices: [{ ...choice, message }] }));
    const chunk = { ...reply, object: 'chat.completion.chunk', choices: [{ ...choice, delta: message }] };
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const close = () => {
    for (const response of open) response.destroy();
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close };
}

function toolCall(n) {
  const args = JSON.stringify({ pattern: 'oak' });
  return { index: 0, id: `call_${n}`, type: 'function', function: { name: 'search_files', arguments: args } };
}

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

function statusIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).status;
  } catch {
    return undefined;
  }
}

async function until(condition, what) {
  for (const end = Date.now() + 60_000; !condition(); await pause(50)) {
    if (Date.now() > end) throw new Error(`waited a minute for: ${what}`);
  }
}

async function step(name, work) {
  try {
    await work();
    results.push(true);
    console.log(`ok   ${name}`);
  } catch (error) {
    results.push(false);
    console.log(`FAIL ${name}\n${error.stack}`);
  }
}

function stop(sentence) {
  console.log(sentence);
  process.exit(1);
}
