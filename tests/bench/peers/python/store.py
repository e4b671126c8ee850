"""What was sent of each row: one table, written before a request leaves and after its answer."""
import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS referral (
  external_id   TEXT PRIMARY KEY,
  state         TEXT NOT NULL,     -- sending: what became of it is not known; synced; refused
  hash          BLOB,              -- of the content that was synced last
  referral_id   TEXT,
  engagement_id TEXT,
  etag          TEXT
) WITHOUT ROWID
"""


class Store:
    def __init__(self, path):
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute(SCHEMA)

    def close(self):
        self.connection.close()

    def known(self, external_ids):
        """Of those that are known: state, hash, referral id, eTag."""
        places = ",".join("?" * len(external_ids))
        rows = self.connection.execute(
            "SELECT external_id, state, hash, referral_id, etag FROM referral"
            f" WHERE external_id IN ({places})", external_ids)
        return {row[0]: row[1:] for row in rows}

    def intend(self, creates, updates):
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(
            "INSERT INTO referral (external_id, state) VALUES (?, 'sending')",
            [(external_id,) for external_id in creates])
        self.connection.executemany(
            "UPDATE referral SET state = 'sending' WHERE external_id = ?",
            [(external_id,) for external_id in updates])
        self.connection.execute("COMMIT")

    def record(self, results):
        """Of each: state, hash, referral id, engagement id, eTag, external id."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(
            "UPDATE referral SET state = ?, hash = ?, referral_id = coalesce(?, referral_id),"
            " engagement_id = coalesce(?, engagement_id), etag = ? WHERE external_id = ?", results)
        self.connection.execute("COMMIT")
