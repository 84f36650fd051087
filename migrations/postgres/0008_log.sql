-- The tree over the log (RFC 6962), in tiles of 256 hashes (c2sp.org/tlog-tiles). Only complete tiles are kept: what is
-- not yet complete follows from the entries. `root` is the hash over a tile, so that the tile above is made of those.
CREATE TABLE audit_tiles (
    level  integer NOT NULL CHECK (level BETWEEN 0 AND 7),
    number bigint NOT NULL CHECK (number >= 0),
    hashes bytea NOT NULL CHECK (length(hashes) = 8192),
    root   bytea NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (level, number)
);

-- What was signed (c2sp.org/tlog-checkpoint): a signed note for each size.
CREATE TABLE audit_checkpoints (
    size bigint PRIMARY KEY NOT NULL CHECK (size > 0),
    at   timestamptz NOT NULL,
    note text NOT NULL
);
CREATE INDEX audit_checkpoints_by_time ON audit_checkpoints (at);

-- Notes by which one key hands over to the next, each signed by both.
CREATE TABLE audit_rotations (
    number bigint PRIMARY KEY NOT NULL CHECK (number >= 0),
    at     timestamptz NOT NULL,
    note   text NOT NULL
);

-- Who outside this machine holds which checkpoint.
CREATE TABLE audit_holders (
    name      text PRIMARY KEY NOT NULL,
    kind      text NOT NULL,
    size      bigint NOT NULL,
    at        timestamptz,
    note      text,
    failure   text,
    failed_at timestamptz
);

-- The last check of the log against itself.
CREATE TABLE audit_check (
    one       integer PRIMARY KEY NOT NULL CHECK (one = 1),
    through   bigint NOT NULL,
    at        timestamptz,
    fault_at  text,
    fault     text,
    found_at  timestamptz
);
INSERT INTO audit_check (one, through) VALUES (1, 0);

-- How often each action of each actor stands among the first `through` entries; a job moves that on.
CREATE TABLE audit_counts (
    action text NOT NULL,
    actor  text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (action, actor)
);
CREATE TABLE audit_counted (
    one     integer PRIMARY KEY NOT NULL CHECK (one = 1),
    through bigint NOT NULL
);
INSERT INTO audit_counted (one, through) VALUES (1, 0);

CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% of the audit log are never changed or deleted', TG_TABLE_NAME; END $$;
CREATE TRIGGER audit_tiles_no_change BEFORE UPDATE OR DELETE ON audit_tiles
    FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_tiles_no_truncate BEFORE TRUNCATE ON audit_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_checkpoints_no_change BEFORE UPDATE OR DELETE ON audit_checkpoints
    FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_checkpoints_no_truncate BEFORE TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_rotations_no_change BEFORE UPDATE OR DELETE ON audit_rotations
    FOR EACH ROW EXECUTE FUNCTION audit_keep();
-- A personal value can be erased, and nothing else be done to it.
CREATE TRIGGER audit_personal_no_update BEFORE UPDATE ON audit_personal
    FOR EACH ROW EXECUTE FUNCTION audit_keep();
