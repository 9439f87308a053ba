// Writes the type of every key of words/fr.json: a key that is missing there
// fails the type check.
import { readFileSync, writeFileSync } from 'node:fs';

const [, , target] = process.argv;
const keys = Object.keys(JSON.parse(readFileSync(new URL('../words/fr.json', import.meta.url), 'utf8')));
const lines = keys.map((key) => `  | '${key}'`);
writeFileSync(target, `// Made from words/fr.json by \`make generate\`.\nexport type Key =\n${lines.join('\n')};\n`);
