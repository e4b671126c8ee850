// Scans a CSV export with DuckDB on two threads: counts the rows and hashes all columns.
//
//   scan.mjs MODULES EXPORT
import { createRequire } from 'node:module';

const [modules, file] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(`${modules}/`)('@duckdb/node-api');

const database = await DuckDBInstance.create(':memory:', {
  threads: '2',
  autoinstall_known_extensions: 'false',
});
const connection = await database.connect();
const result = await connection.runAndReadAll(
  `SELECT count(*), bit_xor(hash(leads)) FROM read_csv($file, all_varchar = true) AS leads`,
  { file },
);
console.log(String(result.getRows()[0][0]));
