/**
 * `npm run structure`: figures of the source tree: files, lines, rooms and their shares, imports that run upwards, and exported
 * names that exist more than once. A room is a folder; the order of ROOMS says which may import which.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** From the ground up; rooms of one row do not import each other. */
const ROWS = [
  ['src/domain'],
  ['src/files'],
  ['src/processes', 'src/net'],
  ['src/signing', 'src/mirror', 'src/models', 'src/policy', 'src/policy/shell', 'src/sandbox', 'src/audit'],
  ['src/tools', 'src/tools/web'],
  ['src/mcp'],
  ['src/server', 'src/server/sources', 'src/config'],
  ['workflows', 'activities'],
  ['src/manager'],
  ['src/worker'],
  ['src'],
  ['src/cli', 'src/cli/verbs'],
];
const files = ['src', 'workflows', 'activities'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const lines = (file) => texts.get(file).split('\n').length - 1;
const sizes = files.map(lines).sort((a, b) => a - b);
const total = sizes.reduce((a, b) => a + b, 0);
/** The nearest listed room above: the rooms inside a room are one place with it. */
const placeOf = (room) => (ROWS.some((row) => row.includes(room)) ? room : placeOf(dirname(room)));
const rank = (room) => ROWS.findIndex((row) => row.includes(placeOf(room)));

const rooms = new Map();
for (const file of files) {
  const room = dirname(file);
  const { files: n = 0, lines: sum = 0 } = rooms.get(room) ?? {};
  rooms.set(room, { files: n + 1, lines: sum + lines(file) });
}

const arrows = new Map();
for (const [file, text] of texts) {
  for (const [, typeOnly, from] of text.matchAll(/^(?:import|export)\s+(type\s+)?[^;]*?from\s+'(\.[^']+)'/gm)) {
    const to = dirname(normalize(join(dirname(file), from)));
    const key = `${dirname(file)} -> ${to}`;
    if (dirname(file) !== to && !typeOnly)
      arrows.set(key, [...(arrows.get(key) ?? []), `${file} -> ${normalize(join(dirname(file), from))}`]);
  }
}
const upward = [...arrows].filter(([key]) => {
  const [from, to] = key.split(' -> ');
  // A room and its own rooms are one place.
  if (placeOf(from) === placeOf(to) || from.startsWith(`${to}/`) || to.startsWith(`${from}/`)) return false;
  const [a, b] = [rank(from), rank(to)];
  return a < b || a === b;
});

const exported = new Map();
for (const [file, text] of texts) {
  const matches = text.matchAll(/^export (?:async )?(?:function|const|class|interface|type|enum) (\w+)/gm);
  // A function with several signatures is one export.
  for (const name of new Set([...matches].map((match) => match[1]))) {
    exported.set(name, [...(exported.get(name) ?? []), file]);
  }
}
const colliding = [...exported].filter(([name, places]) => places.length > 1 && name !== 'spec');

console.log(
  `${files.length} files, ${total} lines, median ${sizes[Math.floor(sizes.length / 2)]}, longest ${sizes.at(-1)}`,
);
console.log(`${rooms.size} rooms:`);
for (const [room, { files: n, lines: sum }] of [...rooms].sort((a, b) => b[1].lines - a[1].lines)) {
  console.log(
    `  ${room.padEnd(20)} ${String(n).padStart(4)} files ${String(sum).padStart(6)} lines ${((100 * sum) / total).toFixed(1).padStart(5)} %`,
  );
}
console.log(`${upward.length} upward or sideways arrows:`);
for (const [key, edges] of upward) console.log(`  ${key}\n    ${edges.join('\n    ')}`);
console.log(`${colliding.length} exported names in more than one file:`);
for (const [name, places] of colliding) console.log(`  ${name}: ${places.join(', ')}`);
