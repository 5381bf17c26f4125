CREATE TABLE workspace (
  id uuid PRIMARY KEY,
  -- For example {"DE": ["EMAIL", "PHONE"]}
  contact_policy jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE api_key (
  prefix text PRIMARY KEY,
  secret_hash bytea NOT NULL,
  workspace_id uuid NOT NULL REFERENCES workspace,
  mode text NOT NULL CHECK (mode IN ('TEST', 'LIVE')),
  revoked_at timestamptz
);

CREATE TABLE customer (
  id uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspace,
  mode text NOT NULL,
  platform_customer_id text NOT NULL,
  customer_type text NOT NULL,
  uma_address text NOT NULL,
  region text,
  currencies text[] NOT NULL DEFAULT '{}',
  locale text,
  primary_email_id uuid,
  primary_phone_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (workspace_id, mode, platform_customer_id)
) WITH (fillfactor = 80);

CREATE TABLE contact_point (
  id uuid PRIMARY KEY,
  workspace_id uuid NOT NULL,
  mode text NOT NULL,
  customer_id uuid NOT NULL REFERENCES customer,
  kind text NOT NULL CHECK (kind IN ('EMAIL', 'PHONE')),
  value text NOT NULL,
  verified_at timestamptz,
  verified_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (customer_id, kind, value)
);
CREATE UNIQUE INDEX contact_point_verified_once ON contact_point (workspace_id, mode, kind, value)
  WHERE verified_at IS NOT NULL;
CREATE INDEX contact_point_of_value ON contact_point (workspace_id, mode, kind, value);
ALTER TABLE customer
  ADD FOREIGN KEY (primary_email_id) REFERENCES contact_point,
  ADD FOREIGN KEY (primary_phone_id) REFERENCES contact_point;

CREATE TABLE saved_method (
  id uuid PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customer,
  fingerprint text NOT NULL,
  type text NOT NULL,
  brand text,
  last4 text,
  expiry_month smallint,
  expiry_year smallint,
  archived_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (customer_id, fingerprint)
);
CREATE INDEX saved_method_of_customer ON saved_method (customer_id, id);

CREATE TABLE verification (
  id uuid PRIMARY KEY,
  workspace_id uuid NOT NULL,
  mode text NOT NULL,
  customer_id uuid NOT NULL REFERENCES customer,
  kind text NOT NULL,
  value text NOT NULL,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'VERIFIED', 'FAILED', 'CANCELED')),
  generation smallint NOT NULL DEFAULT 0,
  code_length smallint NOT NULL,
  max_attempts smallint NOT NULL,
  failed_attempts smallint NOT NULL DEFAULT 0 CHECK (failed_attempts BETWEEN 0 AND max_attempts),
  timeout_seconds int NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  verified_at timestamptz
) WITH (fillfactor = 70);

CREATE TABLE verification_step (
  verification_id uuid NOT NULL REFERENCES verification,
  step_index smallint NOT NULL,
  channel text NOT NULL,
  recipient text NOT NULL,
  status text NOT NULL DEFAULT 'QUEUED',
  sends smallint NOT NULL DEFAULT 0,
  sent_at timestamptz,
  delivered_at timestamptz,
  PRIMARY KEY (verification_id, step_index)
) WITH (fillfactor = 70);

-- A job holds no code and no contact: the worker derives and reads them. due_at doubles as the lease.
CREATE TABLE job (
  verification_id uuid NOT NULL REFERENCES verification,
  step_index smallint NOT NULL,
  due_at timestamptz NOT NULL DEFAULT now(),
  attempts smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (verification_id, step_index)
);
CREATE INDEX job_due ON job (due_at);

-- Counters need not survive a crash of the database; unlogged, a hot row never waits for the disk.
CREATE UNLOGGED TABLE rate_limit (
  key text PRIMARY KEY,
  hits int NOT NULL,
  ends_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- One row for each request, whether a code was sent or not.
CREATE TABLE connect_attempt (
  id uuid PRIMARY KEY,
  workspace_id uuid NOT NULL,
  mode text NOT NULL,
  email_key bytea NOT NULL,
  verification_id uuid REFERENCES verification,
  guesses smallint NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX connect_attempt_of_email ON connect_attempt (workspace_id, mode, email_key, id);

CREATE TABLE session (
  id uuid PRIMARY KEY,
  workspace_id uuid NOT NULL,
  mode text NOT NULL,
  customer_id uuid NOT NULL REFERENCES customer,
  key_prefix text NOT NULL,
  verification_id uuid NOT NULL REFERENCES verification,
  created_at timestamptz NOT NULL DEFAULT now(),
  refreshable_until timestamptz NOT NULL
);

CREATE TABLE refresh_token (
  hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES session
);
