// What one would write in Node instead of referrald: reads a CSV export, sends new rows as creates
// and changed ones as updates, and keeps in SQLite what was sent.
//
//   sync.mjs MODULES URL REFRESH_TOKEN_FILE DATABASE EXPORT
import { createHash, randomUUID } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import { createReadStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { isMeant, patchOf, referralOf } from './referral.mjs';
import { Store } from './store.mjs';

const [modules, url, tokenFile, databaseFile, exportFile] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { parse } = require('csv-parse');
const { Pool } = require('undici');

const connections = 32;
const group = 500;
const flushAfter = 20; // milliseconds
const referrals = '/v1.0/engagements/referrals';

const pool = new Pool(url, { connections });
const store = new Store(require('better-sqlite3'), databaseFile);
const counts = { created: 0, updated: 0, unchanged: 0, refused: 0, 'in doubt': 0 };

async function signIn() {
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: '/contoso.onmicrosoft.com/oauth2/v2.0/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: '00000000-0000-0000-0000-000000000000',
      refresh_token: readFileSync(tokenFile, 'ascii').trim(),
      scope: 'https://api.partner.microsoft.com/.default offline_access',
    }).toString(),
  });
  if (statusCode !== 200) throw new Error(`sign-in refused: ${statusCode}`);
  return (await body.json()).access_token;
}

// Compares a group of rows with what was sent; what is to be sent, once the store says so.
function take(rows) {
  const jobs = [];
  for (const row of rows) {
    const referral = referralOf(row);
    const { externalReferenceId: externalId } = referral;
    const content = JSON.stringify(referral);
    const hash = createHash('sha256').update(content).digest();
    const known = store.known(externalId);
    if (known?.state === 'sending') counts['in doubt']++;
    else if (known?.hash?.equals(hash)) counts.unchanged++;
    else if (!known || known.referralId) jobs.push({ externalId, hash, known, content, referral });
  }
  if (jobs.length > 0) store.intend(jobs);
  return jobs;
}

async function send(job, token) {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'content-type': 'application/json',
    'client-request-id': randomUUID(),
  };
  let request = { method: 'POST', path: referrals, headers, body: job.content };
  if (job.known) {
    request = {
      method: 'PATCH',
      path: `${referrals}/${job.known.referralId}`,
      headers: { ...headers, 'if-match': job.known.etag, prefer: 'return=representation' },
      body: JSON.stringify(patchOf(job.referral)),
    };
  }
  const { statusCode, body } = await pool.request(request);
  if (statusCode >= 300) {
    await body.dump();
    console.error(`${job.externalId}: ${statusCode}`);
    counts.refused++;
    return ['refused', null, null, null, null, job.externalId];
  }
  const answer = await body.json();
  counts[job.known ? 'updated' : 'created']++;
  return ['synced', job.hash, answer.id, answer.engagementId, answer.eTag, job.externalId];
}

// Writes answers in groups.
class Recorder {
  #results = [];
  #timer;

  add(result) {
    this.#results.push(result);
    if (this.#results.length >= group) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushAfter);
  }

  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#results.length > 0) store.record(this.#results);
    this.#results = [];
  }
}

// What is to be sent, and the connections' turn to send it.
class Queue extends EventEmitter {
  #jobs = [];
  #ended = false;

  async put(jobs) {
    this.#jobs.push(...jobs);
    this.emit('put');
    while (this.#jobs.length > group) await once(this, 'taken');
  }

  end() {
    this.#ended = true;
    this.emit('put');
  }

  async next() {
    while (this.#jobs.length === 0 && !this.#ended) await once(this, 'put');
    const job = this.#jobs.shift();
    this.emit('taken');
    return job;
  }
}

const token = await signIn();
const queue = new Queue().setMaxListeners(connections + 1);
const recorder = new Recorder();

async function work() {
  for (let job; (job = await queue.next()); ) {
    try {
      recorder.add(await send(job, token));
    } catch (error) {
      console.error(`${job.externalId}: ${error.message}`);
      counts['in doubt']++;
    }
  }
}

const workers = Array.from({ length: connections }, work);
let rows = [];
for await (const row of createReadStream(exportFile).pipe(parse({ columns: true, bom: true }))) {
  if (!isMeant(row)) continue;
  rows.push(row);
  if (rows.length < group) continue;
  await queue.put(take(rows));
  rows = [];
}
await queue.put(take(rows));
queue.end();
await Promise.all(workers);
recorder.flush();
store.close();
await pool.close();
console.log(JSON.stringify(counts));
process.exitCode = counts.refused || counts['in doubt'] ? 1 : 0;
