-- Who made an account, and who could sign in with it: an admin who made two of them is not two reviewers.
-- created_by and reset_by: the id of a reviewer, 'command line', or 'demo'.
ALTER TABLE reviewers
    ADD COLUMN created_by text NOT NULL DEFAULT 'command line',
    ADD COLUMN reset_by text,
    ADD COLUMN confirmed_by text,
    ADD COLUMN confirmed_at timestamptz,
    -- 1: the password was printed by the command line, and a session may do nothing but change it.
    ADD COLUMN must_change bigint NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)),
    -- The name without the differences that readers do not see. Missing in accounts from before.
    ADD COLUMN name_key text,
    ADD CONSTRAINT reviewers_confirmed_by_another
        CHECK (confirmed_by IS NULL OR (confirmed_by <> created_by AND (reset_by IS NULL OR confirmed_by <> reset_by)));
CREATE UNIQUE INDEX reviewers_by_name ON reviewers (name_key) WHERE name_key IS NOT NULL;

UPDATE reviewers SET created_by = COALESCE(
    (SELECT e.actor_id::text FROM audit_entries e WHERE e.action = 'reviewer.added' AND e.object_kind = 'reviewer'
         AND e.actor_id IS NOT NULL AND e.object_id = reviewers.id::text LIMIT 1), 'command line');

-- Links through which reviewers set their own password. The token itself is kept nowhere.
CREATE TABLE invitations (
    token_hash  text PRIMARY KEY NOT NULL,
    reviewer_id uuid NOT NULL REFERENCES reviewers (id),
    made_by     text NOT NULL,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
-- A new link takes the place of the one before.
CREATE UNIQUE INDEX invitations_one_open ON invitations (reviewer_id) WHERE used_at IS NULL;

-- What is said of a maker and a checker whose accounts one person made.
ALTER TABLE decisions ADD COLUMN accounts text;
CREATE FUNCTION decisions_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM reviewers m, reviewers c
        WHERE m.id = NEW.reviewer_id AND c.id = NEW.checker_id AND m.confirmed_by IS NULL AND c.confirmed_by IS NULL
            AND ((m.created_by <> 'demo' AND m.created_by IN (c.created_by, c.reset_by))
                OR (m.reset_by <> 'demo' AND m.reset_by IN (c.created_by, c.reset_by)))) THEN
        RAISE EXCEPTION 'maker and checker have accounts that one person made';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_two_people BEFORE UPDATE OF checker_id ON decisions FOR EACH ROW
    WHEN (NEW.checker_id IS NOT NULL AND NEW.state <> 'refused' AND NEW.accounts IS NULL)
    EXECUTE FUNCTION decisions_two_people();
