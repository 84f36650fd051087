-- Each page that an entry touches is written once more in every commit: three instead of six.

-- Asked by nobody who could not count instead.
DROP INDEX audit_entries_by_action;

-- The head is the end of the entries: they follow one another, and none can be deleted.
DROP TRIGGER audit_entries_counted;
DROP TABLE audit_head;
CREATE VIEW audit_head AS SELECT 1 AS one, COALESCE((SELECT MAX(seq) FROM audit_entries) + 1, 0) AS size;

-- By its key and not beside it.
CREATE TABLE audit_personal_by_key (
    seq   INTEGER NOT NULL REFERENCES audit_entries (seq),
    name  TEXT NOT NULL,
    salt  BLOB NOT NULL CHECK (length(salt) = 32),
    value TEXT NOT NULL,
    PRIMARY KEY (seq, name)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_personal_by_key (seq, name, salt, value) SELECT seq, name, salt, value FROM audit_personal;
DROP TABLE audit_personal;
ALTER TABLE audit_personal_by_key RENAME TO audit_personal;
CREATE TRIGGER audit_personal_no_update BEFORE UPDATE ON audit_personal
BEGIN SELECT RAISE(ABORT, 'personal values are erased or stay as they are'); END;

-- A tile is made of the roots of those below it: 255 of them at most, each behind 8 KiB of hashes.
CREATE INDEX audit_tiles_by_root ON audit_tiles (level, number, root);
