-- A new installation begins with rules; one that has been in use keeps its own. What of the two this is, told once.
CREATE TABLE installation (
    one   INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    rules TEXT NOT NULL CHECK (rules IN ('new', 'begun'))
) STRICT;
INSERT INTO installation (one, rules)
    SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM reviewers) OR EXISTS (SELECT 1 FROM audit_entries) OR EXISTS (SELECT 1 FROM rule_sets)
        THEN 'begun' ELSE 'new' END;

-- What an approval is refused for (JSON array), and sets that no reviewer made.
-- SQLite cannot drop a NOT NULL, so the table is made anew.
CREATE TABLE rule_sets_new (
    version       INTEGER PRIMARY KEY NOT NULL,
    rules         TEXT NOT NULL,
    blocks        TEXT NOT NULL DEFAULT '[]',
    reviewer_id   BLOB REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    made_at       TEXT NOT NULL
) STRICT;
INSERT INTO rule_sets_new (version, rules, reviewer_id, reviewer_name, made_at)
    SELECT version, rules, reviewer_id, reviewer_name, made_at FROM rule_sets;
DROP TABLE rule_sets;
ALTER TABLE rule_sets_new RENAME TO rule_sets;
