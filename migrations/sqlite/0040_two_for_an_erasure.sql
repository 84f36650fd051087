-- What would erase records soon is proposed by one person and confirmed by another. A hold needs no clock.
CREATE TABLE retention_new (
    account_id  TEXT PRIMARY KEY NOT NULL,
    -- All three are missing while no clock runs: the records are only held, or a first clock is only proposed.
    profile     TEXT,
    ended_on    TEXT,
    due_on      TEXT,
    hold        TEXT,
    held_by     TEXT,
    -- Nothing is erased before this moment, whatever the clock says: the end of the grace time after a confirmation.
    runs_at     TEXT,
    -- Why the records were not erased when the time had come. The clock was stopped then.
    refused     TEXT,
    erased_at   TEXT,
    certificate TEXT,
    CHECK ((profile IS NULL) = (ended_on IS NULL) AND (profile IS NULL) = (due_on IS NULL))
) STRICT;
INSERT INTO retention_new (account_id, profile, ended_on, due_on, hold, held_by, erased_at, certificate)
    SELECT account_id, profile, ended_on, due_on, hold, held_by, erased_at, certificate FROM retention;
DROP TABLE retention;
ALTER TABLE retention_new RENAME TO retention;
CREATE INDEX retention_due ON retention (due_on) WHERE erased_at IS NULL AND hold IS NULL;

CREATE TABLE retention_proposals (
    id              BLOB PRIMARY KEY NOT NULL,
    account_id      TEXT NOT NULL REFERENCES retention (account_id),
    -- end: another clock. release: the hold is lifted.
    kind            TEXT NOT NULL CHECK (kind IN ('end', 'release')),
    state           TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'cancelled', 'refused', 'replaced', 'done')),
    -- The proposed clock, and the one that it took the place of.
    profile         TEXT,
    ended_on        TEXT,
    due_on          TEXT,
    before_profile  TEXT,
    before_ended_on TEXT,
    before_due_on   TEXT,
    -- The hold that is lifted.
    hold            TEXT,
    held_by         TEXT,
    -- Missing when the log does not say who had set the clock before confirmations were asked for.
    proposer_id     BLOB REFERENCES reviewers (id),
    proposer_name   TEXT NOT NULL,
    proposed_at     TEXT NOT NULL,
    confirmer_id    BLOB REFERENCES reviewers (id),
    confirmer_name  TEXT,
    confirmed_at    TEXT,
    -- Who or what ended it, and why.
    ended_at        TEXT,
    ended_by        TEXT,
    why             TEXT,
    -- Two people, whatever the code thinks.
    CHECK (confirmer_id IS NULL OR proposer_id IS NULL OR confirmer_id <> proposer_id),
    CHECK ((confirmer_id IS NULL) = (confirmed_at IS NULL)),
    CHECK (state NOT IN ('confirmed', 'done') OR confirmer_id IS NOT NULL),
    CHECK ((kind = 'end') = (due_on IS NOT NULL)),
    CHECK ((kind = 'release') = (hold IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX retention_one_proposed ON retention_proposals (account_id) WHERE state = 'proposed';
CREATE INDEX retention_proposals_by_account ON retention_proposals (account_id, proposed_at);
CREATE INDEX retention_proposals_by_age ON retention_proposals (proposed_at);

-- Clocks that one person had started and that are over within 30 days wait for a second one. The others keep running.
INSERT INTO retention_proposals (id, account_id, kind, state, profile, ended_on, due_on, proposer_id, proposer_name, proposed_at)
    SELECT randomblob(16), r.account_id, 'end', 'proposed', r.profile, r.ended_on, r.due_on,
        (SELECT e.actor_id FROM audit_entries e WHERE e.object_kind = 'account' AND e.object_id = r.account_id
            AND e.action = 'retention.set' ORDER BY e.seq DESC LIMIT 1),
        COALESCE((SELECT e.actor_name FROM audit_entries e WHERE e.object_kind = 'account' AND e.object_id = r.account_id
            AND e.action = 'retention.set' ORDER BY e.seq DESC LIMIT 1), 'an earlier version of the desk'),
        strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now')
    FROM retention r WHERE r.erased_at IS NULL AND r.hold IS NULL AND r.due_on <= date('now', '+30 days');
UPDATE retention SET profile = NULL, ended_on = NULL, due_on = NULL
    WHERE account_id IN (SELECT account_id FROM retention_proposals);
