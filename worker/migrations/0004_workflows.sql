-- Workflows and their runs. Times are milliseconds since 1970.

CREATE TABLE workflows (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,           -- JSON, as it is edited
  revision INTEGER NOT NULL,          -- rises with each change of the definition
  version INTEGER,                    -- the deployed one; nothing: none
  versions INTEGER NOT NULL DEFAULT 0,-- so many were deployed
  trigger_key TEXT,                   -- of the deployed version: zoom.new_meeting, event/<name>, request, schedule …
  filter TEXT,                        -- of the deployed version's trigger: JSON
  required TEXT NOT NULL DEFAULT '[]',-- JSON array: the settings of the deployed version that have to be filled in
  default_enabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX workflows_of_project ON workflows (project_id, created_at);
CREATE INDEX workflows_by_trigger ON workflows (integration_id, trigger_key) WHERE version IS NOT NULL;

-- What was deployed; never changed.
CREATE TABLE workflow_versions (
  workflow_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  definition TEXT NOT NULL,           -- JSON
  deployed_at INTEGER NOT NULL,
  PRIMARY KEY (workflow_id, version)
);

-- What a user made of a workflow: for each grant.
CREATE TABLE enablements (
  workflow_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  enabled INTEGER,                    -- nothing: as the workflow says
  enabled_at INTEGER,                 -- since when it is on
  settings TEXT NOT NULL,             -- JSON object
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (workflow_id, grant_id)
);
CREATE INDEX enablements_of_grant ON enablements (grant_id);
CREATE INDEX enablements_of_user ON enablements (project_id, user_id);

-- What `{{secrets.name}}` stands for.
CREATE TABLE workflow_secrets (
  id TEXT PRIMARY KEY,                -- <project>/<name>
  project_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value_sealed TEXT NOT NULL,         -- record workflow_secret/<id>/value
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX workflow_secrets_of_project ON workflow_secrets (project_id, name);

-- One run of a workflow for one grant; also a part of one that fans out widely.
CREATE TABLE runs (
  id TEXT PRIMARY KEY,                -- derived from its cause: the same event is the same run
  project_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  provider_user_id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  trigger_key TEXT NOT NULL,
  event_id TEXT,                      -- the event of Zoom's that is its input; else its input is a text of its own
  replay INTEGER NOT NULL DEFAULT 0,  -- how often it had been replayed before
  replay_of TEXT,
  depth INTEGER NOT NULL DEFAULT 0,   -- so many runs made, one after the other, what it is about
  parent_id TEXT,                     -- the run that fans out into this one
  parent_step TEXT,
  first_item INTEGER,
  last_item INTEGER,                  -- one past it
  status TEXT NOT NULL,               -- queued | running | waiting | succeeded | failed | stopped | interrupted
  problem TEXT,                       -- the code of what went wrong
  due_at INTEGER,                     -- while it lives: when something should have been seen of it again
  revivals INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER
);
CREATE INDEX runs_of_project ON runs (project_id, created_at);
CREATE INDEX runs_of_workflow ON runs (workflow_id, created_at);
CREATE INDEX runs_live_of_workflow ON runs (workflow_id) WHERE due_at IS NOT NULL;
CREATE INDEX runs_of_user ON runs (project_id, user_id, created_at);
CREATE INDEX runs_due ON runs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX runs_live_of_grant ON runs (grant_id) WHERE due_at IS NOT NULL;
CREATE INDEX runs_replaying ON runs (replay_of, replay) WHERE replay_of IS NOT NULL;
CREATE INDEX runs_of_parent ON runs (parent_id, parent_step) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_of_connection ON runs (integration_id, provider_user_id);
CREATE INDEX runs_by_age ON runs (created_at);

-- What became of each step of a run. `step` is its id, with the places in what it fans out over: each[3].tell
CREATE TABLE run_steps (
  run_id TEXT NOT NULL,
  step TEXT NOT NULL,
  type TEXT NOT NULL,                 -- as in the definition
  status TEXT NOT NULL,               -- begun | waiting | succeeded | failed | stopped
  problem TEXT,                       -- the code of what went wrong
  chosen TEXT,                        -- of a condition: yes | no; of one that fans out: how many
  attempts INTEGER NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER,
  input_size INTEGER NOT NULL DEFAULT 0,
  output_size INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, step)
) WITHOUT ROWID;

-- Inputs, outputs and errors, sealed; a long one in parts.
CREATE TABLE run_texts (
  id TEXT PRIMARY KEY,                -- <run>/<step>/<kind>/<part>
  run_id TEXT NOT NULL,
  sealed TEXT NOT NULL,               -- record run_text/<id>
  sealed_with TEXT NOT NULL
);
CREATE INDEX run_texts_of_run ON run_texts (run_id);
CREATE INDEX run_texts_by_key ON run_texts (sealed_with);

-- What runs made or changed at Zoom, so that an event about it is known to come of a run.
CREATE TABLE made (
  integration_id TEXT NOT NULL,
  thing TEXT NOT NULL,                -- meeting/<id>, or creating/<Zoom user> while one is being made
  run_id TEXT NOT NULL,
  depth INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (integration_id, thing)
);
CREATE INDEX made_by_end ON made (until);

ALTER TABLE outcomes ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;           -- so many runs begin
ALTER TABLE integrations ADD COLUMN schedules INTEGER NOT NULL DEFAULT 0;  -- rises when what is scheduled changes
ALTER TABLE connections ADD COLUMN schedules INTEGER NOT NULL DEFAULT 0;   -- the last of these that it took over
CREATE INDEX connections_by_schedules ON connections (integration_id, schedules);
