-- What would erase records soon is proposed by one person and confirmed by another. A hold needs no clock.
ALTER TABLE retention
    -- All three are missing while no clock runs: the records are only held, or a first clock is only proposed.
    ALTER COLUMN profile DROP NOT NULL,
    ALTER COLUMN ended_on DROP NOT NULL,
    ALTER COLUMN due_on DROP NOT NULL,
    ADD CONSTRAINT retention_clock CHECK ((profile IS NULL) = (ended_on IS NULL) AND (profile IS NULL) = (due_on IS NULL)),
    -- Nothing is erased before this moment, whatever the clock says: the end of the grace time after a confirmation.
    ADD COLUMN runs_at timestamptz,
    -- Why the records were not erased when the time had come. The clock was stopped then.
    ADD COLUMN refused text;

CREATE TABLE retention_proposals (
    id              uuid PRIMARY KEY NOT NULL,
    account_id      text NOT NULL REFERENCES retention (account_id),
    -- end: another clock. release: the hold is lifted.
    kind            text NOT NULL CHECK (kind IN ('end', 'release')),
    state           text NOT NULL CHECK (state IN ('proposed', 'confirmed', 'cancelled', 'refused', 'replaced', 'done')),
    -- The proposed clock, and the one that it took the place of.
    profile         text,
    ended_on        text,
    due_on          text,
    before_profile  text,
    before_ended_on text,
    before_due_on   text,
    -- The hold that is lifted.
    hold            text,
    held_by         text,
    -- Missing when the log does not say who had set the clock before confirmations were asked for.
    proposer_id     uuid REFERENCES reviewers (id),
    proposer_name   text NOT NULL,
    proposed_at     timestamptz NOT NULL,
    confirmer_id    uuid REFERENCES reviewers (id),
    confirmer_name  text,
    confirmed_at    timestamptz,
    -- Who or what ended it, and why.
    ended_at        timestamptz,
    ended_by        text,
    why             text,
    -- Two people, whatever the code thinks.
    CONSTRAINT retention_two_people CHECK (confirmer_id IS NULL OR proposer_id IS NULL OR confirmer_id <> proposer_id),
    CHECK ((confirmer_id IS NULL) = (confirmed_at IS NULL)),
    CHECK (state NOT IN ('confirmed', 'done') OR confirmer_id IS NOT NULL),
    CHECK ((kind = 'end') = (due_on IS NOT NULL)),
    CHECK ((kind = 'release') = (hold IS NOT NULL))
);
CREATE UNIQUE INDEX retention_one_proposed ON retention_proposals (account_id) WHERE state = 'proposed';
CREATE INDEX retention_proposals_by_account ON retention_proposals (account_id, proposed_at);
CREATE INDEX retention_proposals_by_age ON retention_proposals (proposed_at);

-- Clocks that one person had started and that are over within 30 days wait for a second one. The others keep running.
INSERT INTO retention_proposals (id, account_id, kind, state, profile, ended_on, due_on, proposer_id, proposer_name, proposed_at)
    SELECT gen_random_uuid(), r.account_id, 'end', 'proposed', r.profile, r.ended_on, r.due_on,
        (SELECT e.actor_id FROM audit_entries e WHERE e.object_kind = 'account' AND e.object_id = r.account_id
            AND e.action = 'retention.set' ORDER BY e.seq DESC LIMIT 1),
        COALESCE((SELECT e.actor_name FROM audit_entries e WHERE e.object_kind = 'account' AND e.object_id = r.account_id
            AND e.action = 'retention.set' ORDER BY e.seq DESC LIMIT 1), 'an earlier version of the desk'),
        now()
    FROM retention r
    WHERE r.erased_at IS NULL AND r.hold IS NULL
        AND r.due_on <= to_char((now() AT TIME ZONE 'utc')::date + 30, 'YYYY-MM-DD');
UPDATE retention SET profile = NULL, ended_on = NULL, due_on = NULL
    WHERE account_id IN (SELECT account_id FROM retention_proposals);
