-- The tree over the log (RFC 6962), in tiles of 256 hashes (c2sp.org/tlog-tiles). Only complete tiles are kept: what is
-- not yet complete follows from the entries. `root` is the hash over a tile, so that the tile above is made of those.
CREATE TABLE audit_tiles (
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
    number INTEGER NOT NULL CHECK (number >= 0),
    hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
    root   BLOB NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (level, number)
) STRICT;

-- What was signed (c2sp.org/tlog-checkpoint): a signed note for each size.
CREATE TABLE audit_checkpoints (
    size INTEGER PRIMARY KEY NOT NULL CHECK (size > 0),
    at   TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE INDEX audit_checkpoints_by_time ON audit_checkpoints (at);

-- Notes by which one key hands over to the next, each signed by both.
CREATE TABLE audit_rotations (
    number INTEGER PRIMARY KEY NOT NULL CHECK (number >= 0),
    at     TEXT NOT NULL,
    note   TEXT NOT NULL
) STRICT;

-- Who outside this machine holds which checkpoint.
CREATE TABLE audit_holders (
    name      TEXT PRIMARY KEY NOT NULL,
    kind      TEXT NOT NULL,
    size      INTEGER NOT NULL,
    at        TEXT,
    note      TEXT,
    failure   TEXT,
    failed_at TEXT
) STRICT;

-- The last check of the log against itself.
CREATE TABLE audit_check (
    one       INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    through   INTEGER NOT NULL,
    at        TEXT,
    fault_at  TEXT,
    fault     TEXT,
    found_at  TEXT
) STRICT;
INSERT INTO audit_check (one, through) VALUES (1, 0);

-- How often each action of each actor stands among the first `through` entries; a job moves that on.
CREATE TABLE audit_counts (
    action TEXT NOT NULL,
    actor  TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (action, actor)
) STRICT;
CREATE TABLE audit_counted (
    one     INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    through INTEGER NOT NULL
) STRICT;
INSERT INTO audit_counted (one, through) VALUES (1, 0);

CREATE TRIGGER audit_tiles_no_update BEFORE UPDATE ON audit_tiles
BEGIN SELECT RAISE(ABORT, 'tiles of the audit log are never changed'); END;
CREATE TRIGGER audit_tiles_no_delete BEFORE DELETE ON audit_tiles
BEGIN SELECT RAISE(ABORT, 'tiles of the audit log are never deleted'); END;
CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END;
CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;
CREATE TRIGGER audit_rotations_no_update BEFORE UPDATE ON audit_rotations
BEGIN SELECT RAISE(ABORT, 'a change of keys is never changed'); END;
CREATE TRIGGER audit_rotations_no_delete BEFORE DELETE ON audit_rotations
BEGIN SELECT RAISE(ABORT, 'a change of keys is never deleted'); END;
-- A personal value can be erased, and nothing else be done to it.
CREATE TRIGGER audit_personal_no_update BEFORE UPDATE ON audit_personal
BEGIN SELECT RAISE(ABORT, 'personal values are erased or stay as they are'); END;
