import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os'; import { join } from 'node:path'; import { writeFileSync } from 'node:fs';
const base = '/work/main/dist-bench/test/bench';
const { openStage } = await import(base + '/stage.js'); const { runCell } = await import(base + '/cells.js'); const { startModel } = await import(base + '/children.js');
const { bundleWorkflowCode, DefaultLogger, Runtime } = await import('/work/main/node_modules/@temporalio/worker/lib/index.js').then(m=>m.default??m);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const scratch = await mkdtemp(join(tmpdir(), 'rookery-adhoc-')); const model = await startModel();
const { code } = await bundleWorkflowCode({ workflowsPath: base + '/peers/workflows.js', logger: new DefaultLogger('ERROR') });
const bundle = join(scratch, 'peers.js'); writeFileSync(bundle, code);
const counts = async (s) => { const m = new Map(); for (const l of (await (await fetch(s.server.metricsUrl)).text()).split('\n')) { const x = /^(service_requests|persistence_requests|task_requests)\{([^}]*)\} ([0-9.e+]+)/.exec(l); if (!x) continue; const op=/operation="([^"]*)"/.exec(x[2])?.[1]; const svc=/service_name="([^"]*)"/.exec(x[2])?.[1]; const tt=/task_type="([^"]*)"/.exec(x[2])?.[1]; const k=`${x[1]} ${svc} ${op} ${tt??''}`; m.set(k,(m.get(k)??0)+Number(x[3])); } return m; };
const out = {};
const T=10,K=20;
for (const peer of ['rookery','bare']) {
  const s = await openStage({ scratch, modelUrl: model.url, bundle, peer, flags: 'ours', settings: { sandbox: 'off' } });
  await runCell(s, { iterations: 10, delayMs: 0, tool: 'read', tasks: 2, atOnce: 1 });
  await new Promise(r=>setTimeout(r,5000));
  const a = await counts(s); await runCell(s, { iterations: K, delayMs: 0, tool: 'read', tasks: T, atOnce: 1 }); await new Promise(r=>setTimeout(r,6000)); const b = await counts(s);
  for (const [k,v] of b) { const d=(v-(a.get(k)??0))/T; if (d>0.05) (out[k]??={})[peer]=d.toFixed(1); }
  await s.close();
}
for (const [k,v] of Object.entries(out).sort()) console.log(k.padEnd(90), String(v.rookery).padStart(7), String(v.bare).padStart(7));
await model.close(); await rm(scratch,{recursive:true,force:true}); process.exit(0);
