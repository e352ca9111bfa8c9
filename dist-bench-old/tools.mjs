import { createTools, toSpec } from './src/tools/catalogue.js';
const tools = createTools({ env: process.env });
for (const t of tools.values()) console.log(t.name, t.effect, JSON.stringify(toSpec(t)).length);
