-- The server side: integrations that a project's server sets up, login links, what a grant carries for the server,
-- outgoing events, and where connection objects are. Times are milliseconds since 1970.

ALTER TABLE integrations ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT '[]'; -- JSON array: where login links may end
ALTER TABLE integrations ADD COLUMN expires_in INTEGER NOT NULL DEFAULT 1209600; -- life of a login link, in seconds
ALTER TABLE integrations ADD COLUMN webhook_secret_sealed TEXT;              -- record integration/<id>/webhook_secret
ALTER TABLE integrations ADD COLUMN plan TEXT;                               -- of the Zoom account, for its rate limits
ALTER TABLE integrations ADD COLUMN deleting_at INTEGER;                     -- it is going; nothing new connects

ALTER TABLE projects ADD COLUMN event_url TEXT;             -- where our events go
ALTER TABLE projects ADD COLUMN event_secrets_sealed TEXT;  -- record project/<id>/event_secrets

-- One link of `POST /connect/auth`. Each opening of it is a session of its own.
CREATE TABLE logins (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  user_id TEXT,                       -- nothing: zoom:<Zoom's id of its user>
  redirect_uri TEXT NOT NULL,
  wish_sealed TEXT NOT NULL,          -- record login/<id>/wish
  taken_by TEXT,                      -- the session whose code counts; another may take it when that one failed
  spent_at INTEGER,                   -- when there was a grant
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX logins_by_end ON logins (expires_at);
CREATE INDEX logins_of_integration ON logins (integration_id);

ALTER TABLE sessions ADD COLUMN login_id TEXT;
ALTER TABLE sessions ADD COLUMN wish_sealed TEXT;           -- record session/<id>/wish: what the grant shall carry
CREATE INDEX sessions_of_integration ON sessions (integration_id);

ALTER TABLE grants ADD COLUMN metadata TEXT;                -- JSON object
ALTER TABLE grants ADD COLUMN state TEXT;                   -- of the login link that made it
ALTER TABLE grants ADD COLUMN ip TEXT;                      -- where the person was
ALTER TABLE grants ADD COLUMN user_agent TEXT;
ALTER TABLE grants ADD COLUMN expires_at INTEGER;           -- when the consent ends by itself
ALTER TABLE grants ADD COLUMN refused_age INTEGER;          -- how old its token pair was when Zoom refused it
CREATE INDEX grants_of_project ON grants (project_id, created_at);

-- Every connection object that holds something, with the key that its record is sealed under.
CREATE TABLE connections (
  integration_id TEXT NOT NULL,
  provider_user_id TEXT NOT NULL,
  sealed_with TEXT NOT NULL,
  PRIMARY KEY (integration_id, provider_user_id)
);
CREATE INDEX connections_by_key ON connections (sealed_with);

-- Our events on their way to the project's endpoint.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,                -- also the `webhook-id`
  project_id TEXT NOT NULL,
  type TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  url TEXT NOT NULL,
  status TEXT NOT NULL,               -- pending | delivered | failed
  attempts TEXT NOT NULL,             -- JSON array of {at, status?, error?}
  created_at INTEGER NOT NULL,
  next_at INTEGER
);
CREATE INDEX deliveries_of_project ON deliveries (project_id, created_at);

ALTER TABLE audit ADD COLUMN origin TEXT;                   -- the address that the change came from
ALTER TABLE audit ADD COLUMN cause TEXT;                    -- one change is noted once
CREATE UNIQUE INDEX audit_by_cause ON audit (cause);
