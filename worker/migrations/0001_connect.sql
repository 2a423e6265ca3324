-- What people configure and look up. Times are milliseconds since 1970. `*_sealed` columns hold `v1.<key>.<nonce>.<text>`.

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  client_id TEXT NOT NULL UNIQUE,
  origins TEXT NOT NULL,              -- JSON array of origins
  audience TEXT,                      -- what `aud` of a user token must be, when set
  version INTEGER NOT NULL DEFAULT 1, -- rises with each change of keys, origins or audience
  created_at INTEGER NOT NULL
);

CREATE TABLE client_secrets (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  digest TEXT NOT NULL UNIQUE,        -- SHA-256, hex
  created_at INTEGER NOT NULL
);

CREATE TABLE signing_keys (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  n TEXT NOT NULL,                    -- the public key as in a JWK
  e TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX signing_keys_of_project ON signing_keys (project_id);

CREATE TABLE integrations (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id),
  provider TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_secret_sealed TEXT NOT NULL, -- record integration/<id>/client_secret
  scope TEXT NOT NULL,                -- space separated; empty: what the Zoom app is registered for
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (project_id, provider)
);

CREATE TABLE users (
  project_id TEXT NOT NULL,
  id TEXT NOT NULL,
  meta TEXT NOT NULL,                 -- JSON object
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, id)
);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  origin TEXT NOT NULL,               -- the page that asked
  dialect TEXT NOT NULL,              -- isthmus | paragon: what the last page may say to its opener
  client_key TEXT,                    -- the name that the page's own package gave it
  redirect_uri TEXT NOT NULL,
  state_digest TEXT NOT NULL UNIQUE,  -- SHA-256, hex
  secrets_sealed TEXT NOT NULL,       -- record session/<id>/secrets: state and code verifier
  status TEXT NOT NULL,               -- open | returned | done | failed
  code_sealed TEXT,                   -- record session/<id>/code
  tokens_sealed TEXT,                 -- record session/<id>/tokens: the token response as it landed
  attempt_at INTEGER,                 -- who finishes it now, since when
  attempts INTEGER NOT NULL DEFAULT 0,
  obtained_at INTEGER,                -- when the token request was sent
  grant_id TEXT,
  problem TEXT,                       -- the code of the failure
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_key ON sessions (project_id, user_id, client_key);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  user_id TEXT NOT NULL,
  provider_user_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  email TEXT NOT NULL,
  display_name TEXT NOT NULL,
  scope TEXT NOT NULL,
  status TEXT NOT NULL,               -- VALID | INVALID
  created_at INTEGER NOT NULL,
  connected_at INTEGER NOT NULL,      -- the last consent
  updated_at INTEGER NOT NULL,
  UNIQUE (integration_id, user_id, provider_user_id)
);
CREATE INDEX grants_of_user ON grants (project_id, user_id, connected_at);
CREATE INDEX grants_of_connection ON grants (integration_id, provider_user_id);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  what TEXT NOT NULL,                 -- grant.created, grant.deleted, integration.saved …
  who TEXT NOT NULL,                  -- user:<id> | admin | connection
  target TEXT NOT NULL                -- the id of what was changed
);
CREATE INDEX audit_of_project ON audit (project_id, at);
