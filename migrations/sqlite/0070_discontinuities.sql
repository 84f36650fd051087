-- Places where the log does not simply go on: signed notes that are never changed.
CREATE TABLE audit_discontinuities (
    number INTEGER PRIMARY KEY NOT NULL CHECK (number >= 0),
    at     TEXT NOT NULL,
    note   TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_discontinuities_no_update BEFORE UPDATE ON audit_discontinuities
BEGIN SELECT RAISE(ABORT, 'a discontinuity of the log is never changed'); END;
CREATE TRIGGER audit_discontinuities_no_delete BEFORE DELETE ON audit_discontinuities
BEGIN SELECT RAISE(ABORT, 'a discontinuity of the log is never deleted'); END;

-- What each holder of checkpoints said when it was last asked. `contradicts` stays until the holder agrees or the log is resumed.
CREATE TABLE audit_outside (
    name  TEXT PRIMARY KEY NOT NULL,
    kind  TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('agrees', 'empty', 'contradicts', 'unknown', 'mute')),
    size  INTEGER NOT NULL,
    note  TEXT,
    why   TEXT,
    at    TEXT NOT NULL
) STRICT;

-- How many discontinuities a holder has been told of.
ALTER TABLE audit_holders ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
