import { mkdtemp, rm } from 'node:fs/promises'; import { tmpdir } from 'node:os'; import { join } from 'node:path'; import { readFileSync } from 'node:fs';
const base = '/work/main/dist-bench/test/bench';
const { openStage } = await import(base + '/stage.js'); const { startModel } = await import(base + '/children.js'); const { memoryOfAll } = await import(base + '/machine.js');
const scratch = await mkdtemp(join(tmpdir(), 'rookery-adhoc-')); const model = await startModel();
const s = await openStage({ scratch, modelUrl: model.url, bundle:'', peer:'rookery', flags: 'ours', settings: {} });
const empty = memoryOfAll(s.worker.pid); const TASKS=1000;
for (let n = 0; n < TASKS; n += 50) await Promise.all(Array.from({ length: 50 }, () => s.start({ iterations: 1, delayMs: 0, tool: 'read', refused: true })));
for (;;) { let f=0; for await (const { memo } of s.client.workflow.list({ query: "ExecutionStatus = 'Running'" })) if (memo?.rookery?.phase === 'waiting_person') f++; if (f===TASKS) break; await new Promise(r=>setTimeout(r,200)); }
await new Promise(r=>setTimeout(r,10000));
const smaps = readFileSync(`/proc/${s.worker.pid}/smaps_rollup`,'utf8').split('\n').filter(l=>/^(Rss|Anonymous|Pss_File)/.test(l)).join(' ').replace(/ +/g,' ');
const maps = readFileSync(`/proc/${s.worker.pid}/smaps`,'utf8').split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).map(b=>({h:b.split('\n')[0],rss:+/Rss:\s+(\d+)/.exec(b)?.[1]})).filter(x=>x.rss>6000).map(x=>`${x.h.slice(0,90)} ${(x.rss/1024).toFixed(0)}MB`);
console.log(process.argv[2]??'', 'empty', empty.toFixed(0), 'waiting', memoryOfAll(s.worker.pid).toFixed(0), smaps); if (process.env.MAPS) console.log(maps.join('\n'));
await s.close(); await model.close(); await rm(scratch,{recursive:true,force:true}); process.exit(0);
