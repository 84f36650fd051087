-- The log. Written only in the transaction of the act; never changed, never deleted.

CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    size INTEGER NOT NULL
) STRICT;
INSERT INTO audit_head (one, size) VALUES (1, 0);

CREATE TABLE audit_entries (
    -- 0, 1, 2, … without a gap: taken from audit_head in the same transaction.
    seq         INTEGER PRIMARY KEY NOT NULL CHECK (seq >= 0),
    at          TEXT NOT NULL,
    action      TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    actor_id    BLOB,
    actor_name  TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    -- Canonical JSON, exactly the bytes that were hashed; hence TEXT and not json.
    body        TEXT NOT NULL,
    hash        BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_entries_by_action ON audit_entries (action, seq);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, seq);
CREATE INDEX audit_entries_by_object ON audit_entries (object_kind, object_id, seq);

-- Personal values with their salts. The entry holds SHA-256(salt, value); deleting a row here erases the person and
-- leaves every hash as it is.
CREATE TABLE audit_personal (
    seq   INTEGER NOT NULL REFERENCES audit_entries (seq),
    name  TEXT NOT NULL,
    salt  BLOB NOT NULL CHECK (length(salt) = 32),
    value TEXT NOT NULL,
    PRIMARY KEY (seq, name)
) STRICT;

CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;
CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head WHEN NEW.size <> OLD.size + 1
BEGIN SELECT RAISE(ABORT, 'the audit log only grows, one entry at a time'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the audit log only grows, one entry at a time'); END;
