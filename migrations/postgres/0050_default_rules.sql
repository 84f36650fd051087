-- A new installation begins with rules; one that has been in use keeps its own. What of the two this is, told once.
CREATE TABLE installation (
    one   integer PRIMARY KEY NOT NULL CHECK (one = 1),
    rules text NOT NULL CHECK (rules IN ('new', 'begun'))
);
INSERT INTO installation (one, rules)
    SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM reviewers) OR EXISTS (SELECT 1 FROM audit_entries) OR EXISTS (SELECT 1 FROM rule_sets)
        THEN 'begun' ELSE 'new' END;

-- What an approval is refused for (JSON array), and sets that no reviewer made.
ALTER TABLE rule_sets
    ADD COLUMN blocks jsonb NOT NULL DEFAULT '[]',
    ALTER COLUMN reviewer_id DROP NOT NULL;
