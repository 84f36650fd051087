-- The whole life of a decision: undo, countersign, claims, and the evidence that each was made on.
-- SQLite cannot change a CHECK, so both tables are made anew.

CREATE TABLE decisions_new (
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
    state         TEXT NOT NULL CHECK (state IN ('proposed', 'awaiting_countersign', 'refused', 'withdrawn', 'queued',
                      'sending', 'confirmed', 'rejected', 'superseded', 'unknown')),
    made_at       TEXT NOT NULL,
    settled_at    TEXT,
    -- Until then it can be taken back, and nothing is sent.
    hold_until    TEXT,
    -- Version of the rules that were asked, and the names of those that want a second reviewer (JSON array).
    rules_version INTEGER NOT NULL DEFAULT 0,
    wanted_by     TEXT NOT NULL DEFAULT '[]',
    checker_id    BLOB REFERENCES reviewers (id),
    checker_name  TEXT,
    checked_at    TEXT,
    -- Why the second reviewer refused.
    refusal       TEXT,
    CHECK ((verdict = 'set-status') = (case_status IS NOT NULL)),
    -- Maker and checker differ, whatever the code thinks.
    CHECK (checker_id IS NULL OR checker_id <> reviewer_id),
    CHECK ((checker_id IS NULL) = (checked_at IS NULL)),
    -- What a rule wants countersigned does not travel without it.
    CHECK (wanted_by = '[]' OR checker_id IS NOT NULL
        OR state IN ('awaiting_countersign', 'withdrawn', 'superseded')),
    CHECK ((state = 'refused') = (refusal IS NOT NULL))
) STRICT;
INSERT INTO decisions_new (id, subject_kind, subject_id, subject_name, verdict, case_status, reason, comment, reviewer_id,
        reviewer_name, seen_version, fingerprint, state, made_at, settled_at)
    SELECT id, subject_kind, subject_id, subject_name, verdict, case_status, reason, comment, reviewer_id,
        reviewer_name, seen_version, fingerprint, state, made_at, settled_at FROM decisions;

CREATE TABLE deliveries_new (
    id            BLOB PRIMARY KEY NOT NULL,
    decision_id   BLOB UNIQUE REFERENCES decisions_new (id),
    link_id       BLOB UNIQUE REFERENCES links (id),
    subject_id    TEXT NOT NULL,
    action        TEXT NOT NULL,
    -- Idempotency-Key is this id and the generation: a new one only after reading back.
    generation    INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'failed', 'unknown', 'superseded', 'withdrawn')),
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
INSERT INTO deliveries_new SELECT * FROM deliveries;
DROP TABLE deliveries;
DROP TABLE decisions;
ALTER TABLE decisions_new RENAME TO decisions;
ALTER TABLE deliveries_new RENAME TO deliveries;

-- Two reviewers at once: the database lets one through, whatever the code thinks.
CREATE UNIQUE INDEX decisions_one_on_its_way ON decisions (subject_kind, subject_id)
    WHERE state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown');
CREATE UNIQUE INDEX decisions_one_per_version ON decisions (subject_kind, subject_id, seen_version)
    WHERE state NOT IN ('rejected', 'refused', 'withdrawn');
CREATE INDEX decisions_by_age ON decisions (made_at, id);
CREATE INDEX decisions_by_subject ON decisions (subject_kind, subject_id);
CREATE INDEX decisions_open ON decisions (state, hold_until)
    WHERE state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown');
CREATE INDEX deliveries_waiting ON deliveries (not_before) WHERE state IN ('waiting', 'sending');

-- What a reviewer saw: the canonical bytes whose SHA-256 is the fingerprint. Those that a decision was made on are kept.
CREATE TABLE snapshots (
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    version      INTEGER NOT NULL,
    fingerprint  TEXT NOT NULL,
    body         TEXT NOT NULL,
    seen_at      TEXT NOT NULL,
    decided      INTEGER NOT NULL,
    PRIMARY KEY (subject_kind, subject_id, version)
) STRICT;
CREATE INDEX snapshots_passing ON snapshots (seen_at) WHERE decided = 0;

-- A lease on an inquiry: past `until` it is nobody's.
CREATE TABLE claims (
    inquiry_id    TEXT PRIMARY KEY NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    since         TEXT NOT NULL,
    until         TEXT NOT NULL
) STRICT;

-- What needs a second reviewer. A set is never changed: an edit adds the next version.
CREATE TABLE rule_sets (
    version       INTEGER PRIMARY KEY NOT NULL,
    rules         TEXT NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    made_at       TEXT NOT NULL
) STRICT;

-- The version that the draft was written on, so that the page can say what changed since.
ALTER TABLE drafts ADD COLUMN seen_version INTEGER NOT NULL DEFAULT 0;
