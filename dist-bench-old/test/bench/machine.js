/** What a process has used, as the kernel counts it, and how quiet the machine was. Linux only. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
/** CPU milliseconds of the process and of its children that have ended. */
export function cpuOf(pid) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ([11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) * 1_000) / TICKS;
}
/** The process and everything it started. */
export function familyOf(pid) {
    const parents = new Map();
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
        try {
            const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
            parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
        }
        catch {
            // It has ended.
        }
    }
    const family = [pid];
    for (const member of family) {
        for (const [child, parent] of parents)
            if (parent === member)
                family.push(child);
    }
    return family;
}
/** What the process and all it started have in memory now, in MB. */
export function memoryOfAll(pid) {
    return familyOf(pid).reduce((sum, member) => sum + memoryOf(member), 0);
}
function memoryOf(pid) {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1_024;
}
export function quiet() {
    const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/) ?? [];
    return { load: loadavg()[0] ?? Number.NaN, steal: Number(fields[8]) / TICKS };
}
export function machine() {
    return {
        processors: cpus().length,
        processor: cpus()[0]?.model,
        memory_gib: Math.round(totalmem() / 2 ** 30),
        node: process.version,
        kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    };
}
//# sourceMappingURL=machine.js.map