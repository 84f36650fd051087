-- What Persona holds, as far as a page needs it. `body` is the desk's own shape, never a link to a file.
-- `as_of` and `as_of_event` order snapshots: an older one never replaces a newer one.

CREATE TABLE templates (
    id   text PRIMARY KEY NOT NULL,
    name text NOT NULL
);

CREATE TABLE accounts (
    id           text PRIMARY KEY NOT NULL,
    reference_id text,
    kind         text NOT NULL CHECK (kind IN ('person', 'business')),
    status       text NOT NULL,
    name         text NOT NULL,
    country      text,
    as_of        timestamptz NOT NULL,
    redacted_at  timestamptz,
    body         jsonb NOT NULL
);

CREATE TABLE inquiries (
    id                 text PRIMARY KEY NOT NULL,
    status             text NOT NULL,
    account_id         text,
    template_id        text,
    subject            text,
    country            text,
    waiting_since      timestamptz NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz,
    redacted_at        timestamptz,
    as_of              timestamptz NOT NULL,
    as_of_event        text NOT NULL,
    -- Grows whenever what a reviewer would see changes; a decision names the version that was seen.
    version            bigint NOT NULL,
    body               jsonb NOT NULL,
    evidence           jsonb,
    fingerprint        text,
    signals            jsonb NOT NULL,
    evidence_at        timestamptz,
    evidence_wanted_at timestamptz,
    evidence_attempts  bigint NOT NULL,
    evidence_error     text
);
CREATE INDEX inquiries_by_wait ON inquiries (waiting_since, id);
CREATE INDEX inquiries_by_status ON inquiries (status, waiting_since, id);
CREATE INDEX inquiries_by_account ON inquiries (account_id);
CREATE INDEX inquiries_wanted ON inquiries (evidence_wanted_at) WHERE evidence_wanted_at IS NOT NULL;

-- What two accounts can share. Values stand as digests; the label does not give them away.
CREATE TABLE account_attributes (
    account_id text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('device', 'phone', 'address', 'document', 'email')),
    digest     text NOT NULL,
    label      text NOT NULL,
    PRIMARY KEY (account_id, kind, digest)
);
CREATE INDEX account_attributes_shared ON account_attributes (kind, digest);

CREATE TABLE relations (
    from_id text NOT NULL,
    key     text NOT NULL,
    to_id   text NOT NULL,
    PRIMARY KEY (from_id, key, to_id)
);
CREATE INDEX relations_backwards ON relations (to_id);

-- Persona lists relations one account and one key at a time: when was this account asked about, and is it wanted again?
CREATE TABLE relation_crawls (
    account_id text PRIMARY KEY NOT NULL,
    wanted_at  timestamptz,
    crawled_at timestamptz,
    attempts   bigint NOT NULL,
    error      text
);
CREATE INDEX relation_crawls_wanted ON relation_crawls (wanted_at) WHERE wanted_at IS NOT NULL;

CREATE TABLE cases (
    id          text PRIMARY KEY NOT NULL,
    name        text NOT NULL,
    status      text NOT NULL,
    template_id text,
    assignee    text,
    created_at  timestamptz NOT NULL,
    due_at      timestamptz,
    as_of       timestamptz NOT NULL,
    as_of_event text NOT NULL,
    version     bigint NOT NULL,
    body        jsonb NOT NULL
);
CREATE INDEX cases_by_age ON cases (created_at, id);

CREATE TABLE case_objects (
    case_id   text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('inquiry', 'account')),
    object_id text NOT NULL,
    PRIMARY KEY (case_id, kind, object_id)
);
CREATE INDEX case_objects_by_object ON case_objects (kind, object_id);

-- One row each time a list was walked: how far, and how it ended.
CREATE TABLE sync_states (
    name  text PRIMARY KEY NOT NULL,
    at    timestamptz NOT NULL,
    value text NOT NULL
);
