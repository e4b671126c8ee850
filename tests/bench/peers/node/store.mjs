// What was sent of each row: one table, written before a request leaves and after its answer.

const schema = `
CREATE TABLE IF NOT EXISTS referral (
  external_id   TEXT PRIMARY KEY,
  state         TEXT NOT NULL,     -- sending: what became of it is not known; synced; refused
  hash          BLOB,              -- of the content that was synced last
  referral_id   TEXT,
  engagement_id TEXT,
  etag          TEXT
) WITHOUT ROWID`;

export class Store {
  constructor(Database, path) {
    this.database = new Database(path);
    this.database.pragma('journal_mode = WAL');
    this.database.pragma('synchronous = FULL');
    this.database.exec(schema);
    const find = this.database.prepare(
      'SELECT state, hash, referral_id AS referralId, etag FROM referral WHERE external_id = ?',
    );
    const begin = this.database.prepare(
      "INSERT INTO referral (external_id, state) VALUES (?, 'sending')",
    );
    const again = this.database.prepare(
      "UPDATE referral SET state = 'sending' WHERE external_id = ?",
    );
    const end = this.database.prepare(
      'UPDATE referral SET state = ?, hash = ?, referral_id = coalesce(?, referral_id),' +
        ' engagement_id = coalesce(?, engagement_id), etag = ? WHERE external_id = ?',
    );
    this.known = (externalId) => find.get(externalId);
    this.intend = this.database.transaction((jobs) => {
      for (const job of jobs) (job.known ? again : begin).run(job.externalId);
    });
    this.record = this.database.transaction((results) => {
      for (const result of results) end.run(...result);
    });
  }

  close() {
    this.database.close();
  }
}
