-- Who made an account, and who could sign in with it: an admin who made two of them is not two reviewers.
-- created_by and reset_by: the id of a reviewer, 'command line', or 'demo'.
ALTER TABLE reviewers ADD COLUMN created_by TEXT NOT NULL DEFAULT 'command line';
ALTER TABLE reviewers ADD COLUMN reset_by TEXT;
ALTER TABLE reviewers ADD COLUMN confirmed_by TEXT
    CHECK (confirmed_by IS NULL OR (confirmed_by <> created_by AND (reset_by IS NULL OR confirmed_by <> reset_by)));
ALTER TABLE reviewers ADD COLUMN confirmed_at TEXT;
-- 1: the password was printed by the command line, and a session may do nothing but change it.
ALTER TABLE reviewers ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1));
-- The name without the differences that readers do not see. Missing in accounts from before.
ALTER TABLE reviewers ADD COLUMN name_key TEXT;
CREATE UNIQUE INDEX reviewers_by_name ON reviewers (name_key) WHERE name_key IS NOT NULL;

UPDATE reviewers SET created_by = COALESCE(
    (SELECT lower(substr(hex(e.actor_id), 1, 8) || '-' || substr(hex(e.actor_id), 9, 4) || '-' || substr(hex(e.actor_id), 13, 4)
         || '-' || substr(hex(e.actor_id), 17, 4) || '-' || substr(hex(e.actor_id), 21))
     FROM audit_entries e WHERE e.action = 'reviewer.added' AND e.object_kind = 'reviewer' AND e.actor_id IS NOT NULL
         AND e.object_id = lower(substr(hex(reviewers.id), 1, 8) || '-' || substr(hex(reviewers.id), 9, 4) || '-'
             || substr(hex(reviewers.id), 13, 4) || '-' || substr(hex(reviewers.id), 17, 4) || '-' || substr(hex(reviewers.id), 21))
     LIMIT 1), 'command line');

-- Links through which reviewers set their own password. The token itself is kept nowhere.
CREATE TABLE invitations (
    token_hash  TEXT PRIMARY KEY NOT NULL,
    reviewer_id BLOB NOT NULL REFERENCES reviewers (id),
    made_by     TEXT NOT NULL,
    made_at     TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    used_at     TEXT
) STRICT;
-- A new link takes the place of the one before.
CREATE UNIQUE INDEX invitations_one_open ON invitations (reviewer_id) WHERE used_at IS NULL;

-- What is said of a maker and a checker whose accounts one person made.
ALTER TABLE decisions ADD COLUMN accounts TEXT;
CREATE TRIGGER decisions_two_people BEFORE UPDATE OF checker_id ON decisions
WHEN NEW.checker_id IS NOT NULL AND NEW.state <> 'refused' AND NEW.accounts IS NULL AND EXISTS (
    SELECT 1 FROM reviewers m, reviewers c
    WHERE m.id = NEW.reviewer_id AND c.id = NEW.checker_id AND m.confirmed_by IS NULL AND c.confirmed_by IS NULL
        AND ((m.created_by <> 'demo' AND m.created_by IN (c.created_by, c.reset_by))
            OR (m.reset_by <> 'demo' AND m.reset_by IN (c.created_by, c.reset_by))))
BEGIN SELECT RAISE(ABORT, 'maker and checker have accounts that one person made'); END;
