// Reads a CSV export and writes each row as a line of JSON: convert.mjs MODULES EXPORT > rows.jsonl
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [modules, file] = process.argv.slice(2);
const { parse } = createRequire(`${modules}/`)('csv-parse');

const lines = new Transform({
  writableObjectMode: true,
  transform(row, _encoding, done) {
    done(null, `${JSON.stringify(row)}\n`);
  },
});
await pipeline(createReadStream(file), parse({ columns: true, bom: true }), lines, process.stdout);
