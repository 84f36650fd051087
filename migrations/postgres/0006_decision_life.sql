-- The whole life of a decision: undo, countersign, claims, and the evidence that each was made on.

ALTER TABLE decisions
    DROP CONSTRAINT decisions_state_check,
    ADD CONSTRAINT decisions_state_check CHECK (state IN ('proposed', 'awaiting_countersign', 'refused', 'withdrawn', 'queued',
        'sending', 'confirmed', 'rejected', 'superseded', 'unknown')),
    -- Until then it can be taken back, and nothing is sent.
    ADD COLUMN hold_until timestamptz,
    -- Version of the rules that were asked, and the names of those that want a second reviewer (JSON array).
    ADD COLUMN rules_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN wanted_by jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN checker_id uuid REFERENCES reviewers (id),
    ADD COLUMN checker_name text,
    ADD COLUMN checked_at timestamptz,
    -- Why the second reviewer refused.
    ADD COLUMN refusal text,
    -- Maker and checker differ, whatever the code thinks.
    ADD CONSTRAINT decisions_maker_is_not_checker CHECK (checker_id IS NULL OR checker_id <> reviewer_id),
    ADD CONSTRAINT decisions_checked_at CHECK ((checker_id IS NULL) = (checked_at IS NULL)),
    -- What a rule wants countersigned does not travel without it.
    ADD CONSTRAINT decisions_countersigned CHECK (wanted_by = '[]'::jsonb OR checker_id IS NOT NULL
        OR state IN ('awaiting_countersign', 'withdrawn', 'superseded')),
    ADD CONSTRAINT decisions_refusal CHECK ((state = 'refused') = (refusal IS NOT NULL));

ALTER TABLE deliveries
    DROP CONSTRAINT deliveries_state_check,
    ADD CONSTRAINT deliveries_state_check
        CHECK (state IN ('waiting', 'sending', 'done', 'failed', 'unknown', 'superseded', 'withdrawn'));

-- Two reviewers at once: the database lets one through, whatever the code thinks.
DROP INDEX decisions_one_on_its_way;
DROP INDEX decisions_one_per_version;
CREATE UNIQUE INDEX decisions_one_on_its_way ON decisions (subject_kind, subject_id)
    WHERE state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown');
CREATE UNIQUE INDEX decisions_one_per_version ON decisions (subject_kind, subject_id, seen_version)
    WHERE state NOT IN ('rejected', 'refused', 'withdrawn');
CREATE INDEX decisions_open ON decisions (state, hold_until)
    WHERE state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown');

-- What a reviewer saw: the canonical bytes whose SHA-256 is the fingerprint. Those that a decision was made on are kept.
CREATE TABLE snapshots (
    subject_kind text NOT NULL,
    subject_id   text NOT NULL,
    version      bigint NOT NULL,
    fingerprint  text NOT NULL,
    body         text NOT NULL,
    seen_at      timestamptz NOT NULL,
    decided      bigint NOT NULL,
    PRIMARY KEY (subject_kind, subject_id, version)
);
CREATE INDEX snapshots_passing ON snapshots (seen_at) WHERE decided = 0;

-- A lease on an inquiry: past `until` it is nobody's.
CREATE TABLE claims (
    inquiry_id    text PRIMARY KEY NOT NULL,
    reviewer_id   uuid NOT NULL REFERENCES reviewers (id),
    reviewer_name text NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz NOT NULL
);

-- What needs a second reviewer. A set is never changed: an edit adds the next version.
CREATE TABLE rule_sets (
    version       bigint PRIMARY KEY NOT NULL,
    rules         jsonb NOT NULL,
    reviewer_id   uuid NOT NULL REFERENCES reviewers (id),
    reviewer_name text NOT NULL,
    made_at       timestamptz NOT NULL
);

-- The version that the draft was written on, so that the page can say what changed since.
ALTER TABLE drafts ADD COLUMN seen_version bigint NOT NULL DEFAULT 0;
