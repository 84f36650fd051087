-- Who may sign in, and the sessions they hold.

CREATE TABLE reviewers (
    id            BLOB PRIMARY KEY NOT NULL,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('analyst', 'admin', 'auditor')),
    password_hash TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    disabled_at   TEXT
) STRICT;

-- The id is kept as SHA-256: who reads this table opens no session with it.
CREATE TABLE sessions (
    id_hash     TEXT PRIMARY KEY NOT NULL,
    reviewer_id BLOB REFERENCES reviewers (id),
    data        TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_reviewer ON sessions (reviewer_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Slows down guessing. The subject is a digest of the e-mail tried, known or not, so the table names nobody.
CREATE TABLE sign_in_brakes (
    subject       TEXT PRIMARY KEY NOT NULL,
    failures      INTEGER NOT NULL,
    blocked_until TEXT NOT NULL
) STRICT;
