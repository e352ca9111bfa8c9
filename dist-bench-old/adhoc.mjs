// usage: node adhoc.mjs rounds cellsCSV contestants...   contestant = name:json
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
const base = process.env.BENCH ?? '/work/main/dist-bench/test/bench';
const { openStage } = await import(base + '/stage.js');
const { runCell } = await import(base + '/cells.js');
const { startModel } = await import(base + '/children.js');
const { median } = await import(base + '/figures.js');
const { bundleWorkflowCode, DefaultLogger, Runtime } = await import('/work/main/node_modules/@temporalio/worker/lib/index.js').then(m=>m.default??m);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const [rounds, cellsCsv, ...names] = process.argv.slice(2);
const READ = { iterations: 20, delayMs: 0, tool: 'read' };
const CELLS = { alone: {...READ, tasks: 6, atOnce: 1}, long: {...READ, iterations: 80, tasks: 2, atOnce: 1}, unsafe: {...READ, tool:'unsafe', tasks: 4, atOnce: 1}, eight: {...READ, tasks: 24, atOnce: 8}, fifty: {...READ, tasks: 50, atOnce: 50}, slow: { iterations: 6, delayMs: 500, tool: 'read', tasks: 16, atOnce: 16 } };
const scratch = await mkdtemp(join(tmpdir(), 'rookery-adhoc-'));
const model = await startModel();
const { code } = await bundleWorkflowCode({ workflowsPath: base + '/peers/workflows.js', logger: new DefaultLogger('ERROR') });
const bundle = join(scratch, 'peers.js'); writeFileSync(bundle, code);
const cs = names.map((n) => { const [name, ...j] = n.split('='); const o = j.length ? JSON.parse(j.join('=')) : {}; return { name, base: o.base, peer: o.peer ?? name, flags: o.flags ?? 'ours', settings: { sandbox: 'off', ...o.settings } }; });
const res = {};
const stages = []; const openOf = {};
try {
  for (const c of cs) stages.push(await (openOf[c.base] ??= c.base ? (await import(c.base + '/test/bench/stage.js')).openStage : openStage)({ scratch, modelUrl: model.url, bundle, rounds: 1, announce() {}, ...c }));
  for (const s of stages) await runCell(s, { ...READ, iterations: 10, tasks: 4, atOnce: 2 });
  for (let r = 0; r < rounds; r++) for (const cell of cellsCsv.split(',')) {
    const order = r % 2 ? [...cs.keys()].reverse() : [...cs.keys()];
    for (const i of order) {
      const c = CELLS[cell];
      const { seenBy } = await import(base + "/children.js"); const rk = cs[i].peer === "rookery"; const w0 = rk ? (await seenBy(stages[i].worker)).writes : 0; const m = await runCell(stages[i], c); if (rk && process.env.WRITES) console.log(cell, cs[i].name, "writes per s", (((await seenBy(stages[i].worker)).writes - w0) * 1000 / m.wall).toFixed(1), "per task", (((await seenBy(stages[i].worker)).writes - w0) / c.tasks).toFixed(1));
      const n = c.tasks * c.iterations;
      ((res[cell] ??= {})[cs[i].name] ??= []).push({ ms: median(m.each) / c.iterations, rate: c.tasks * 1000 / m.wall, w: m.worker / n, s: m.server / n });
    }
  }
  if (process.env.PROF) for (const s of stages) { s.worker.process.kill("SIGTERM"); await new Promise(r=>s.worker.process.once("exit",r)); }
  for (const [cell, by] of Object.entries(res)) {
    const ref = by.bare;
    for (const [name, ms] of Object.entries(by)) {
      const md = (f) => median(ms.map(f)).toFixed(2);
      const rt = (f) => ref ? median(ms.map((m, i) => f(m) / f(ref[i]))).toFixed(2) : '-';
      console.log(cell.padEnd(7), name.padEnd(14), `ms ${md(m=>m.ms)} rate ${md(m=>m.rate)} worker ${md(m=>m.w)} server ${md(m=>m.s)} | ratio ms ${rt(m=>m.ms)} rate ${rt(m=>m.rate)} cpu ${rt(m=>m.w+m.s)}`);
    }
  }
} finally { await Promise.all(stages.map((s) => s.close())); await model.close(); await rm(scratch, { recursive: true, force: true, maxRetries: 3 }); }
process.exit(0);
