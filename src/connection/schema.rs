//! The tables of every connection object, beside its record. What is done with them is in `rows` (events and deliveries)
//! and `schedule` (what the clock starts).

/// The tables of every connection object; made when it first writes. A delivery is `pending`, or what the tables do not
/// know yet: `retried` (pending again, after an attempt or a replay), `delivered`, `failed`.
pub const ROWS: &str = "
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY,
  event TEXT NOT NULL,
  event_ts INTEGER NOT NULL,
  meeting_id TEXT,
  by_host INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  handed_on INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  sealed TEXT
);
CREATE INDEX IF NOT EXISTS events_waiting ON events (next_at, id) WHERE handed_on = 0;
CREATE INDEX IF NOT EXISTS events_sealed ON events (id) WHERE sealed IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_seen ON events (received_at) WHERE sealed IS NULL;
CREATE TABLE IF NOT EXISTS deliveries (
  id TEXT PRIMARY KEY,
  event_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  url TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'pending',
  attempts TEXT NOT NULL DEFAULT '[]',
  replayed_after INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at, id) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_untold ON deliveries (id) WHERE status <> 'pending';
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event_id);
CREATE INDEX IF NOT EXISTS deliveries_of_subscription ON deliveries (subscription_id) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS schedules (
  workflow_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  cron TEXT NOT NULL,
  zone TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  PRIMARY KEY (workflow_id, grant_id)
);
CREATE INDEX IF NOT EXISTS schedules_due ON schedules (next_at);
";
