-- The ledger, version 1. docs/ledger.md describes it as a format.
-- Times are milliseconds since 1970-01-01 UTC. Nothing here is ever edited once released: what
-- changes comes as the next number.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE export (
  id     INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source,
  name   TEXT NOT NULL,
  UNIQUE (source, name)
) STRICT;

-- Exports that stay where they are though they were dealt with, as they were then. `outcome` is
-- 'read', 'unreadable' or 'guarded'.
CREATE TABLE handled_export (
  source  INTEGER NOT NULL REFERENCES source,
  name    TEXT NOT NULL,
  stamp   TEXT NOT NULL,
  outcome TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

-- The distinct header records of exports.
CREATE TABLE header (
  id      INTEGER PRIMARY KEY,
  columns BLOB NOT NULL UNIQUE
) STRICT;

-- What repeats in row after row, by number: words of the service (a status, an organization), and
-- the members that fingerprints have hashes of. The kinds of deals have the numbers that they have
-- here.
CREATE TABLE word (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO word (id, text) VALUES (1, 'private'), (2, 'partner-led'), (3, 'co-sell');

CREATE TABLE member (
  id   INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE run (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  command    TEXT NOT NULL,
  started    INTEGER NOT NULL,
  finished   INTEGER,
  exit_code  INTEGER,
  pid        INTEGER NOT NULL,
  rows_read  INTEGER NOT NULL DEFAULT 0,
  created    INTEGER NOT NULL DEFAULT 0,
  updated    INTEGER NOT NULL DEFAULT 0,
  unchanged  INTEGER NOT NULL DEFAULT 0,
  changed    INTEGER NOT NULL DEFAULT 0,
  excluded   INTEGER NOT NULL DEFAULT 0,
  rejected   INTEGER NOT NULL DEFAULT 0,
  refused    INTEGER NOT NULL DEFAULT 0,
  in_doubt   INTEGER NOT NULL DEFAULT 0,
  waiting    INTEGER NOT NULL DEFAULT 0,
  requests   INTEGER NOT NULL DEFAULT 0,
  retries    INTEGER NOT NULL DEFAULT 0,
  throttled  INTEGER NOT NULL DEFAULT 0,
  seconds    REAL NOT NULL DEFAULT 0
) STRICT;

-- A row of an export, for as long as the ledger lives. `claimed`, `run` and `changed` are written
-- with values of their later width at once: a claim then overwrites the record in place. `doubtful`
-- is when the first request of the step whose effect is unknown was claimed, by the service's clock as
-- `claimed` is; it stays when looking did not find it, since it may show later. `alias` is another spelling of the id of a row that adopt
-- made. What is ANY is a text, or shorter: a GUID's bytes, or the number of a word.
CREATE TABLE row (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  external_id     ANY NOT NULL,
  source          INTEGER NOT NULL REFERENCES source,
  state           TEXT NOT NULL,
  step            TEXT NOT NULL CHECK (step = 'own' OR step = 'microsoft' OR step = 'update'),
  due             INTEGER,
  deal            ANY NOT NULL,
  co_sell         INTEGER NOT NULL,
  attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  run             INTEGER NOT NULL,
  run_attempts    INTEGER NOT NULL DEFAULT 0 CHECK (run_attempts >= 0),
  looks           INTEGER NOT NULL DEFAULT 0,
  claimed         INTEGER NOT NULL,
  doubtful        INTEGER,
  first_seen      INTEGER NOT NULL,
  changed         INTEGER NOT NULL,
  export          INTEGER NOT NULL REFERENCES export,
  line            INTEGER NOT NULL,
  error           INTEGER,
  rejection       INTEGER,
  fingerprint     BLOB NOT NULL,
  own_fingerprint BLOB,
  alias           TEXT,
  -- Spelled out: for a list of more than two, SQLite would build a table at every write.
  CHECK (CASE WHEN due IS NULL
         THEN state = 'synced' OR state = 'rejected' OR state = 'refused' OR state = 'closed'
         ELSE state = 'pending' OR state = 'sending' OR state = 'in_doubt' END)
) STRICT;

-- Which row has which external id, by a keyed hash of the id; where two ids share one, the next free
-- number. Rows behind meta's `indexed` need not be in here yet. `row` is 0 where one was and others
-- follow; -1 where there is none, but a record of that id that is excluded. `record` is a hash of the
-- record of an export that would change nothing and tell nothing, read once more, odd if it is excluded;
-- 0: there is none.
CREATE TABLE known (
  hash   INTEGER PRIMARY KEY,
  row    INTEGER NOT NULL,
  record INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Exports, by a keyed hash of the file, and which of their records would change and tell nothing: runs
-- of them, each a number in groups of seven bits, the lowest first, of which all but the last have the
-- eighth bit; its two lowest bits are 0 for records that are to be mapped, 2 for unchanged and 3 for
-- excluded ones, the others how many. Gone as soon as a row of the source forgets its record, or another
-- source's id is rejected in it; where some are excluded, also when the source gets another row.
CREATE TABLE seen_export (
  source   INTEGER NOT NULL REFERENCES source,
  hash     INTEGER NOT NULL,
  bytes    INTEGER NOT NULL,
  records  BLOB NOT NULL,
  excludes INTEGER NOT NULL,
  PRIMARY KEY (source, hash)
) STRICT, WITHOUT ROWID;

-- What is to be done, in order. The trailing columns spare a look at the row.
CREATE INDEX row_open ON row (state, source, due, id, run, run_attempts) WHERE due IS NOT NULL;
CREATE INDEX row_in_doubt ON row (id) WHERE state = 'in_doubt';
CREATE INDEX row_alias ON row (alias) WHERE alias IS NOT NULL;
CREATE INDEX row_refused ON row (id) WHERE state = 'refused';

-- What is to be sent; gone once it is synced. The tables that every row passes through declare no
-- foreign keys: checking them costs a tenth of the whole. `patch` follows the creates;
-- `held`: it waits for a person, as `reasons` say; `decided`: what that person
-- said, `decided_on`: of which patch. `kind` is 0 for a create, 1 for a create whose content changed under way, 2 for an update.
-- `newer`: the patch came while another was on its way; `sent`: patches of unknown effect, which stay
-- when nothing else is to be done; `next`: the create that takes the place of the one under way, if that
-- proves to be without effect; `unwanted`: rejected or excluded while a request was under way.
CREATE TABLE body (
  row         INTEGER PRIMARY KEY,
  own         TEXT,
  microsoft   TEXT,
  invitation  TEXT,
  kept        TEXT,
  patch       TEXT,
  held        INTEGER NOT NULL DEFAULT 0,
  decided     TEXT,
  decided_on  TEXT,
  reasons     TEXT,
  kind        INTEGER NOT NULL DEFAULT 0,
  newer       INTEGER NOT NULL DEFAULT 0,
  sent        TEXT,
  next        TEXT,
  unwanted    INTEGER NOT NULL DEFAULT 0,
  header      INTEGER NOT NULL,
  cells      BLOB NOT NULL
) STRICT;

-- `kept` are the few values that a conflict is shown with; `read_first`: somebody changed it at
-- Partner Center, so that the eTag is no proof of what the fingerprint says; `tracking` is
-- Microsoft's number of the deal.
CREATE TABLE own_referral (
  row          INTEGER PRIMARY KEY,
  id           ANY NOT NULL,
  engagement   ANY NOT NULL,
  etag         ANY NOT NULL,
  organization ANY NOT NULL,
  status       ANY NOT NULL,
  substatus    ANY NOT NULL,
  kept         TEXT NOT NULL DEFAULT '',
  read_first   INTEGER NOT NULL DEFAULT 0,
  tracking     TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE microsoft_referral (
  row          INTEGER PRIMARY KEY,
  id           ANY NOT NULL,
  engagement   ANY NOT NULL,
  etag         ANY NOT NULL,
  organization ANY NOT NULL,
  status       ANY NOT NULL,
  substatus    ANY NOT NULL,
  tracking     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX microsoft_referral_id ON microsoft_referral (id);

-- Microsoft's referrals that adopt has met, until the own ones are known too.
CREATE TABLE unmatched_referral (
  engagement   ANY PRIMARY KEY,
  id           ANY NOT NULL,
  etag         ANY NOT NULL,
  organization ANY NOT NULL,
  status       ANY NOT NULL,
  substatus    ANY NOT NULL,
  tracking     TEXT NOT NULL,
  invitation   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Requests that did not succeed, the newest 50 of each row.
CREATE TABLE attempt (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  row               INTEGER NOT NULL REFERENCES row,
  run               INTEGER NOT NULL,
  at                INTEGER NOT NULL,
  step              TEXT NOT NULL,
  state             TEXT NOT NULL,
  code              TEXT NOT NULL,
  message           TEXT NOT NULL,
  http_status       INTEGER NOT NULL,
  request_id        TEXT NOT NULL,
  client_request_id TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_row ON attempt (row, id);

-- Open rejections. Without an external id, a row is known by its export and its cells, or by the
-- rejection's id when it comes back out of `rejects`. `run` found it in its export last.
CREATE TABLE rejection (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  source      INTEGER NOT NULL REFERENCES source,
  external_id TEXT,
  export      INTEGER NOT NULL REFERENCES export,
  line        INTEGER NOT NULL,
  header      INTEGER NOT NULL REFERENCES header,
  cells       BLOB NOT NULL,
  cells_hash  INTEGER NOT NULL,
  reasons     TEXT NOT NULL,
  run         INTEGER NOT NULL,
  at          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rejection_id ON rejection (external_id, source)
  WHERE external_id IS NOT NULL;
CREATE INDEX rejection_line ON rejection (export, line) WHERE external_id IS NULL;
CREATE INDEX rejection_cells ON rejection (export, cells_hash, run) WHERE external_id IS NULL;

-- How many rows are in a state, kept in step by whoever changes one. `rejected` counts rejections.
CREATE TABLE tally (
  source INTEGER NOT NULL REFERENCES source,
  state  TEXT NOT NULL,
  step   TEXT NOT NULL,
  rows   INTEGER NOT NULL,
  PRIMARY KEY (source, state, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
  day   TEXT PRIMARY KEY,
  calls INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For people with the sqlite3 tool: GUIDs and words are written out.
CREATE VIEW overview AS
SELECT row.id,
       iif(typeof(row.external_id) <> 'blob', row.external_id,
           (SELECT iif(length(row.external_id) = 16, lower(guid), guid) FROM (SELECT
              substr(hex(row.external_id), -32, 8) || '-' || substr(hex(row.external_id), -24, 4) || '-' ||
              substr(hex(row.external_id), -20, 4) || '-' || substr(hex(row.external_id), -16, 4) || '-' ||
              substr(hex(row.external_id), -12) AS guid))) AS external_id,
       source.name AS source,
       iif(typeof(row.deal) <> 'integer', row.deal, (SELECT text FROM word WHERE word.id = row.deal)) AS deal,
       row.state, row.step,
       CASE WHEN row.state IN ('pending', 'in_doubt')
            THEN datetime(row.due / 1000, 'unixepoch') END AS due,
       row.attempts, datetime(row.first_seen / 1000, 'unixepoch') AS first_seen,
       datetime(row.changed / 1000, 'unixepoch') AS changed,
       export.name AS export, row.line,
       iif(typeof(own_referral.id) <> 'blob', own_referral.id,
           (SELECT iif(length(own_referral.id) = 16, lower(guid), guid) FROM (SELECT
              substr(hex(own_referral.id), -32, 8) || '-' || substr(hex(own_referral.id), -24, 4) || '-' ||
              substr(hex(own_referral.id), -20, 4) || '-' || substr(hex(own_referral.id), -16, 4) || '-' ||
              substr(hex(own_referral.id), -12) AS guid))) AS referral,
       iif(typeof(own_referral.engagement) <> 'blob', own_referral.engagement,
           (SELECT iif(length(own_referral.engagement) = 16, lower(guid), guid) FROM (SELECT
              substr(hex(own_referral.engagement), -32, 8) || '-' || substr(hex(own_referral.engagement), -24, 4) || '-' ||
              substr(hex(own_referral.engagement), -20, 4) || '-' || substr(hex(own_referral.engagement), -16, 4) || '-' ||
              substr(hex(own_referral.engagement), -12) AS guid))) AS engagement,
       iif(typeof(own_referral.status) <> 'integer', own_referral.status, (SELECT text FROM word WHERE word.id = own_referral.status)) AS status,
       iif(typeof(microsoft_referral.id) <> 'blob', microsoft_referral.id,
           (SELECT iif(length(microsoft_referral.id) = 16, lower(guid), guid) FROM (SELECT
              substr(hex(microsoft_referral.id), -32, 8) || '-' || substr(hex(microsoft_referral.id), -24, 4) || '-' ||
              substr(hex(microsoft_referral.id), -20, 4) || '-' || substr(hex(microsoft_referral.id), -16, 4) || '-' ||
              substr(hex(microsoft_referral.id), -12) AS guid))) AS microsoft_referral,
       attempt.code AS error,
       row.rejection IS NOT NULL AS rejection
FROM row
JOIN source ON source.id = row.source
JOIN export ON export.id = row.export
LEFT JOIN own_referral ON own_referral.row = row.id
LEFT JOIN microsoft_referral ON microsoft_referral.row = row.id
LEFT JOIN attempt ON attempt.id = row.error;
