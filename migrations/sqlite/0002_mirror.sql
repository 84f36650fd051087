-- What Persona holds, as far as a page needs it. `body` is the desk's own shape, never a link to a file.
-- `as_of` and `as_of_event` order snapshots: an older one never replaces a newer one.

CREATE TABLE templates (
    id   TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE accounts (
    id           TEXT PRIMARY KEY NOT NULL,
    reference_id TEXT,
    kind         TEXT NOT NULL CHECK (kind IN ('person', 'business')),
    status       TEXT NOT NULL,
    name         TEXT NOT NULL,
    country      TEXT,
    as_of        TEXT NOT NULL,
    redacted_at  TEXT,
    body         TEXT NOT NULL
) STRICT;

CREATE TABLE inquiries (
    id                 TEXT PRIMARY KEY NOT NULL,
    status             TEXT NOT NULL,
    account_id         TEXT,
    template_id        TEXT,
    subject            TEXT,
    country            TEXT,
    waiting_since      TEXT NOT NULL,
    created_at         TEXT NOT NULL,
    updated_at         TEXT,
    redacted_at        TEXT,
    as_of              TEXT NOT NULL,
    as_of_event        TEXT NOT NULL,
    -- Grows whenever what a reviewer would see changes; a decision names the version that was seen.
    version            INTEGER NOT NULL,
    body               TEXT NOT NULL,
    evidence           TEXT,
    fingerprint        TEXT,
    signals            TEXT NOT NULL,
    evidence_at        TEXT,
    evidence_wanted_at TEXT,
    evidence_attempts  INTEGER NOT NULL,
    evidence_error     TEXT
) STRICT;
CREATE INDEX inquiries_by_wait ON inquiries (waiting_since, id);
CREATE INDEX inquiries_by_status ON inquiries (status, waiting_since, id);
CREATE INDEX inquiries_by_account ON inquiries (account_id);
CREATE INDEX inquiries_wanted ON inquiries (evidence_wanted_at) WHERE evidence_wanted_at IS NOT NULL;

-- What two accounts can share. Values stand as digests; the label does not give them away.
CREATE TABLE account_attributes (
    account_id TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('device', 'phone', 'address', 'document', 'email')),
    digest     TEXT NOT NULL,
    label      TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, digest)
) STRICT;
CREATE INDEX account_attributes_shared ON account_attributes (kind, digest);

CREATE TABLE relations (
    from_id TEXT NOT NULL,
    key     TEXT NOT NULL,
    to_id   TEXT NOT NULL,
    PRIMARY KEY (from_id, key, to_id)
) STRICT;
CREATE INDEX relations_backwards ON relations (to_id);

-- Persona lists relations one account and one key at a time: when was this account asked about, and is it wanted again?
CREATE TABLE relation_crawls (
    account_id TEXT PRIMARY KEY NOT NULL,
    wanted_at  TEXT,
    crawled_at TEXT,
    attempts   INTEGER NOT NULL,
    error      TEXT
) STRICT;
CREATE INDEX relation_crawls_wanted ON relation_crawls (wanted_at) WHERE wanted_at IS NOT NULL;

CREATE TABLE cases (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    status      TEXT NOT NULL,
    template_id TEXT,
    assignee    TEXT,
    created_at  TEXT NOT NULL,
    due_at      TEXT,
    as_of       TEXT NOT NULL,
    as_of_event TEXT NOT NULL,
    version     INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX cases_by_age ON cases (created_at, id);

CREATE TABLE case_objects (
    case_id   TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('inquiry', 'account')),
    object_id TEXT NOT NULL,
    PRIMARY KEY (case_id, kind, object_id)
) STRICT;
CREATE INDEX case_objects_by_object ON case_objects (kind, object_id);

-- One row each time a list was walked: how far, and how it ended.
CREATE TABLE sync_states (
    name  TEXT PRIMARY KEY NOT NULL,
    at    TEXT NOT NULL,
    value TEXT NOT NULL
) STRICT;
