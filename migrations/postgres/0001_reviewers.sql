-- Who may sign in, and the sessions they hold.

CREATE TABLE reviewers (
    id            uuid PRIMARY KEY NOT NULL,
    email         text NOT NULL UNIQUE,
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('analyst', 'admin', 'auditor')),
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);

-- The id is kept as SHA-256: who reads this table opens no session with it.
CREATE TABLE sessions (
    id_hash     text PRIMARY KEY NOT NULL,
    reviewer_id uuid REFERENCES reviewers (id),
    data        text NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sessions_by_reviewer ON sessions (reviewer_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Slows down guessing. The subject is a digest of the e-mail tried, known or not, so the table names nobody.
CREATE TABLE sign_in_brakes (
    subject       text PRIMARY KEY NOT NULL,
    failures      bigint NOT NULL,
    blocked_until timestamptz NOT NULL
);
