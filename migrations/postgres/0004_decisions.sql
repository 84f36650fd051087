-- Decision, delivery and audit entry are written in one transaction; the call to Persona happens afterwards, by a job.

CREATE TABLE decisions (
    id            uuid PRIMARY KEY NOT NULL,
    subject_kind  text NOT NULL CHECK (subject_kind IN ('inquiry', 'case')),
    subject_id    text NOT NULL,
    subject_name  text NOT NULL,
    verdict       text NOT NULL CHECK (verdict IN ('approve', 'decline', 'mark-for-review', 'set-status')),
    case_status   text,
    reason        text NOT NULL,
    comment       text NOT NULL,
    reviewer_id   uuid NOT NULL REFERENCES reviewers (id),
    reviewer_name text NOT NULL,
    seen_version  bigint NOT NULL,
    fingerprint   text NOT NULL,
    state         text NOT NULL CHECK (state IN ('queued', 'sending', 'confirmed', 'rejected', 'unknown')),
    made_at       timestamptz NOT NULL,
    settled_at    timestamptz,
    CHECK ((verdict = 'set-status') = (case_status IS NOT NULL))
);
-- Two reviewers at once: the database lets one through, whatever the code thinks.
CREATE UNIQUE INDEX decisions_one_on_its_way ON decisions (subject_kind, subject_id)
    WHERE state IN ('queued', 'sending', 'unknown');
CREATE UNIQUE INDEX decisions_one_per_version ON decisions (subject_kind, subject_id, seen_version)
    WHERE state <> 'rejected';
CREATE INDEX decisions_by_age ON decisions (made_at, id);
CREATE INDEX decisions_by_subject ON decisions (subject_kind, subject_id);

CREATE TABLE links (
    id                 uuid PRIMARY KEY NOT NULL,
    inquiry_id         text NOT NULL,
    reviewer_id        uuid NOT NULL REFERENCES reviewers (id),
    reviewer_name      text NOT NULL,
    expires_in_seconds bigint NOT NULL CHECK (expires_in_seconds > 0),
    requested_at       timestamptz NOT NULL,
    state              text NOT NULL CHECK (state IN ('requested', 'ready', 'failed')),
    -- Whoever holds the address is let in: emptied as soon as it has run out.
    url                text,
    expires_at         timestamptz,
    error              text
);
CREATE INDEX links_by_inquiry ON links (inquiry_id, requested_at);

CREATE TABLE deliveries (
    id            uuid PRIMARY KEY NOT NULL,
    decision_id   uuid UNIQUE REFERENCES decisions (id),
    link_id       uuid UNIQUE REFERENCES links (id),
    subject_id    text NOT NULL,
    action        jsonb NOT NULL,
    -- Idempotency-Key is this id and the generation: a new one only after reading back.
    generation    bigint NOT NULL,
    state         text NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'failed', 'unknown')),
    attempts      bigint NOT NULL,
    not_before    timestamptz NOT NULL,
    lease_until   timestamptz,
    -- Fencing: a worker that slept past its lease finds another number here.
    lease         bigint NOT NULL,
    first_sent_at timestamptz,
    request_id    text,
    answer        text,
    created_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    CHECK ((decision_id IS NULL) <> (link_id IS NULL))
);
CREATE INDEX deliveries_waiting ON deliveries (not_before) WHERE state IN ('waiting', 'sending');

-- What a reviewer had written when it was refused: nothing typed is lost.
CREATE TABLE drafts (
    reviewer_id  uuid NOT NULL REFERENCES reviewers (id),
    subject_kind text NOT NULL,
    subject_id   text NOT NULL,
    verdict      text NOT NULL,
    reason       text NOT NULL,
    comment      text NOT NULL,
    saved_at     timestamptz NOT NULL,
    PRIMARY KEY (reviewer_id, subject_kind, subject_id)
);
