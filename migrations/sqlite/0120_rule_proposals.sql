-- What would let more decisions pass with one reviewer is proposed, and takes effect when a second person confirms it.
CREATE TABLE rule_proposals (
    id              BLOB PRIMARY KEY NOT NULL,
    -- What is given up, as JSON.
    change          TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('proposed', 'done', 'cancelled')),
    proposer_id     BLOB NOT NULL REFERENCES reviewers (id),
    proposer_name   TEXT NOT NULL,
    proposed_at     TEXT NOT NULL,
    -- When it takes effect by itself, because nobody could confirm it.
    alone_at        TEXT,
    confirmer_id    BLOB REFERENCES reviewers (id),
    ended_by        TEXT,
    ended_at        TEXT,
    -- Two people, whatever the code thinks; one alone only after waiting.
    CHECK (confirmer_id IS NULL OR confirmer_id <> proposer_id),
    CHECK (state <> 'done' OR confirmer_id IS NOT NULL OR (alone_at IS NOT NULL AND ended_at >= alone_at)),
    CHECK ((state = 'proposed') = (ended_at IS NULL))
) STRICT;
CREATE INDEX rule_proposals_open ON rule_proposals (proposed_at) WHERE state = 'proposed';
