-- What people see: the operator's sessions, the portal of a user, what is used a day. Times are milliseconds since 1970.

ALTER TABLE integrations ADD COLUMN description TEXT NOT NULL DEFAULT ''; -- one line, for the people who connect
ALTER TABLE integrations ADD COLUMN overview TEXT NOT NULL DEFAULT '';    -- more of the same
ALTER TABLE integrations ADD COLUMN accent_color TEXT NOT NULL DEFAULT '';-- #rrggbb; empty: the provider's own

-- A browser that the operator is signed in with.
CREATE TABLE operator_sessions (
  digest TEXT PRIMARY KEY,            -- SHA-256 of the cookie
  secret_digest TEXT NOT NULL,        -- of the admin secret that opened it: another secret ends it
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX operator_sessions_by_end ON operator_sessions (expires_at);

-- Wrong admin secrets, by the address that they came from; '*' for all together.
CREATE TABLE sign_in_failures (
  origin TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  until INTEGER NOT NULL              -- nothing is tried before that
);

-- One window of the Connect Portal, of one user of a project.
CREATE TABLE portals (
  id TEXT PRIMARY KEY,
  ticket_digest TEXT NOT NULL UNIQUE, -- SHA-256: opens it once
  cookie_digest TEXT,                 -- SHA-256 of the cookie, once it is open
  project_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  origin TEXT NOT NULL,               -- the page that asked for it
  asks INTEGER NOT NULL DEFAULT 0,    -- 1: the person has to say first that they meant to open it
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  closed_at INTEGER
);
CREATE INDEX portals_by_end ON portals (expires_at);
CREATE INDEX portals_of_user ON portals (project_id, user_id);
CREATE INDEX portals_of_integration ON portals (integration_id);

-- What was done in it, for the page that opened it.
CREATE TABLE portal_changes (
  portal_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  what TEXT NOT NULL,                 -- installed | uninstalled | workflow; leaving: uninstalled once the grant has gone
  grant_id TEXT NOT NULL,
  workflow_id TEXT,
  enabled INTEGER,
  PRIMARY KEY (portal_id, n)
) WITHOUT ROWID;
CREATE INDEX portal_changes_leaving ON portal_changes (grant_id) WHERE what = 'leaving';

ALTER TABLE sessions ADD COLUMN portal_id TEXT;                            -- the portal that it was begun in
CREATE INDEX sessions_of_portal ON sessions (portal_id) WHERE portal_id IS NOT NULL;

-- What a project used on a day (UTC).
CREATE TABLE usage (
  project_id TEXT NOT NULL,
  day TEXT NOT NULL,                  -- 2026-11-22
  metric TEXT NOT NULL,               -- requests | request_failures | events | runs | run_failures …
  n INTEGER NOT NULL,
  PRIMARY KEY (project_id, day, metric)
) WITHOUT ROWID;
CREATE INDEX usage_by_day ON usage (day);

ALTER TABLE connections ADD COLUMN owes_since INTEGER;                     -- when the oldest entry of its outbox came in
CREATE INDEX connections_owing ON connections (owes_since) WHERE owes_since IS NOT NULL;
ALTER TABLE grants ADD COLUMN refreshed_at INTEGER;                        -- when its token pair was last renewed

-- What the operator watches is found without reading all of it.
CREATE INDEX deliveries_failed ON deliveries (created_at) WHERE status = 'failed';
CREATE INDEX grants_invalid ON grants (integration_id) WHERE status = 'INVALID';

ALTER TABLE run_steps ADD COLUMN tries TEXT;                               -- JSON: a list of {began_at, left_at, problem}, the first one first
