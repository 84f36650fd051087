-- What would let more decisions pass with one reviewer is proposed, and takes effect when a second person confirms it.
CREATE TABLE rule_proposals (
    id              uuid PRIMARY KEY NOT NULL,
    -- What is given up, as JSON.
    change          jsonb NOT NULL,
    state           text NOT NULL CHECK (state IN ('proposed', 'done', 'cancelled')),
    proposer_id     uuid NOT NULL REFERENCES reviewers (id),
    proposer_name   text NOT NULL,
    proposed_at     timestamptz NOT NULL,
    -- When it takes effect by itself, because nobody could confirm it.
    alone_at        timestamptz,
    confirmer_id    uuid REFERENCES reviewers (id),
    ended_by        text,
    ended_at        timestamptz,
    -- Two people, whatever the code thinks; one alone only after waiting.
    CHECK (confirmer_id IS NULL OR confirmer_id <> proposer_id),
    CHECK (state <> 'done' OR confirmer_id IS NOT NULL OR (alone_at IS NOT NULL AND ended_at >= alone_at)),
    CHECK ((state = 'proposed') = (ended_at IS NULL))
);
CREATE INDEX rule_proposals_open ON rule_proposals (proposed_at) WHERE state = 'proposed';
