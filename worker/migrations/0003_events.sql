-- Webhooks in: what Zoom said, for whom it was, and who is told of it. Times are milliseconds since 1970.

ALTER TABLE integrations ADD COLUMN webhook_secret_before_sealed TEXT;       -- record integration/<id>/webhook_secret
ALTER TABLE integrations ADD COLUMN webhook_secret_changed_at INTEGER;       -- since when the one before is the one before
ALTER TABLE integrations ADD COLUMN webhook_validated_at INTEGER;            -- when Zoom last found our answer right

-- What Zoom said about one connection.
CREATE TABLE events (
  id TEXT PRIMARY KEY,                -- derived from what happened: the same event is the same row
  project_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  provider_user_id TEXT NOT NULL,
  event TEXT NOT NULL,                -- Zoom's word: meeting.created …
  event_ts INTEGER NOT NULL,          -- when it happened, as Zoom says
  meeting_id TEXT,
  body_sealed TEXT NOT NULL,          -- record event/<id>/body: what came, byte for byte
  sealed_with TEXT NOT NULL,          -- the key's id, so that nobody reads the texts to count it
  received_at INTEGER NOT NULL
);
CREATE INDEX events_of_project ON events (project_id, received_at);
CREATE INDEX events_of_connection ON events (integration_id, provider_user_id);
CREATE INDEX events_by_age ON events (received_at);
CREATE INDEX events_by_key ON events (sealed_with);

-- What came of an event for one grant.
CREATE TABLE outcomes (
  event_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  outcome TEXT NOT NULL,              -- matched | unmatched | grant_invalid
  subscriptions INTEGER NOT NULL,     -- so many are told
  PRIMARY KEY (event_id, grant_id)
);
CREATE INDEX outcomes_of_user ON outcomes (project_id, user_id);

-- Who hosts a meeting: an event about it may not say.
CREATE TABLE meetings (
  integration_id TEXT NOT NULL,
  id TEXT NOT NULL,
  host_id TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (integration_id, id)
);
CREATE INDEX meetings_of_host ON meetings (integration_id, host_id);
CREATE INDEX meetings_by_age ON meetings (seen_at);

-- What a project wants to be told.
CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  trigger TEXT NOT NULL,              -- the trigger's id
  url TEXT,                           -- nothing: the project's event endpoint
  secrets_sealed TEXT,                -- record subscription/<id>/secrets, where there is a url
  filter TEXT,                        -- JSON
  account_id TEXT,                    -- of this user only
  status TEXT NOT NULL,               -- active | paused | disabled
  failing_since INTEGER,              -- when the first attempt failed since the last one that did not
  disabled_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX subscriptions_of_project ON subscriptions (project_id, trigger);

ALTER TABLE deliveries ADD COLUMN event_id TEXT;         -- the event that is told of; nothing for one of our own
ALTER TABLE deliveries ADD COLUMN subscription_id TEXT;  -- who is told; nothing: the project's event endpoint
ALTER TABLE deliveries ADD COLUMN body TEXT;             -- what is sent, where it is of our own making: ids only
ALTER TABLE deliveries ADD COLUMN user_id TEXT;          -- the project's user that it is about
ALTER TABLE deliveries ADD COLUMN integration_id TEXT;   -- with the next: the connection that sends
ALTER TABLE deliveries ADD COLUMN provider_user_id TEXT;
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX deliveries_of_user ON deliveries (project_id, user_id);
CREATE INDEX deliveries_pending ON deliveries (created_at) WHERE status = 'pending';
CREATE INDEX deliveries_pending_of_grant ON deliveries (grant_id) WHERE status = 'pending';
CREATE INDEX deliveries_by_age ON deliveries (created_at);

-- What is counted.
CREATE TABLE counts (
  metric TEXT NOT NULL,
  integration_id TEXT NOT NULL,       -- empty where it is not known
  outcome TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (metric, integration_id, outcome)
);
