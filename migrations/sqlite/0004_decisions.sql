-- Decision, delivery and audit entry are written in one transaction; the call to Persona happens afterwards, by a job.

CREATE TABLE decisions (
    id            BLOB PRIMARY KEY NOT NULL,
    subject_kind  TEXT NOT NULL CHECK (subject_kind IN ('inquiry', 'case')),
    subject_id    TEXT NOT NULL,
    subject_name  TEXT NOT NULL,
    verdict       TEXT NOT NULL CHECK (verdict IN ('approve', 'decline', 'mark-for-review', 'set-status')),
    case_status   TEXT,
    reason        TEXT NOT NULL,
    comment       TEXT NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    seen_version  INTEGER NOT NULL,
    fingerprint   TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'confirmed', 'rejected', 'unknown')),
    made_at       TEXT NOT NULL,
    settled_at    TEXT,
    CHECK ((verdict = 'set-status') = (case_status IS NOT NULL))
) STRICT;
-- Two reviewers at once: the database lets one through, whatever the code thinks.
CREATE UNIQUE INDEX decisions_one_on_its_way ON decisions (subject_kind, subject_id)
    WHERE state IN ('queued', 'sending', 'unknown');
CREATE UNIQUE INDEX decisions_one_per_version ON decisions (subject_kind, subject_id, seen_version)
    WHERE state <> 'rejected';
CREATE INDEX decisions_by_age ON decisions (made_at, id);
CREATE INDEX decisions_by_subject ON decisions (subject_kind, subject_id);

CREATE TABLE links (
    id                 BLOB PRIMARY KEY NOT NULL,
    inquiry_id         TEXT NOT NULL,
    reviewer_id        BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name      TEXT NOT NULL,
    expires_in_seconds INTEGER NOT NULL CHECK (expires_in_seconds > 0),
    requested_at       TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('requested', 'ready', 'failed')),
    -- Whoever holds the address is let in: emptied as soon as it has run out.
    url                TEXT,
    expires_at         TEXT,
    error              TEXT
) STRICT;
CREATE INDEX links_by_inquiry ON links (inquiry_id, requested_at);

CREATE TABLE deliveries (
    id            BLOB PRIMARY KEY NOT NULL,
    decision_id   BLOB UNIQUE REFERENCES decisions (id),
    link_id       BLOB UNIQUE REFERENCES links (id),
    subject_id    TEXT NOT NULL,
    action        TEXT NOT NULL,
    -- Idempotency-Key is this id and the generation: a new one only after reading back.
    generation    INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'failed', 'unknown')),
    attempts      INTEGER NOT NULL,
    not_before    TEXT NOT NULL,
    lease_until   TEXT,
    -- Fencing: a worker that slept past its lease finds another number here.
    lease         INTEGER NOT NULL,
    first_sent_at TEXT,
    request_id    TEXT,
    answer        TEXT,
    created_at    TEXT NOT NULL,
    finished_at   TEXT,
    CHECK ((decision_id IS NULL) <> (link_id IS NULL))
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (not_before) WHERE state IN ('waiting', 'sending');

-- What a reviewer had written when it was refused: nothing typed is lost.
CREATE TABLE drafts (
    reviewer_id  BLOB NOT NULL REFERENCES reviewers (id),
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    comment      TEXT NOT NULL,
    saved_at     TEXT NOT NULL,
    PRIMARY KEY (reviewer_id, subject_kind, subject_id)
) STRICT;
