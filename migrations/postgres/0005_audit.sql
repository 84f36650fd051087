-- The log. Written only in the transaction of the act; never changed, never deleted.

CREATE TABLE audit_head (
    one  integer PRIMARY KEY NOT NULL CHECK (one = 1),
    size bigint NOT NULL
);
INSERT INTO audit_head (one, size) VALUES (1, 0);

CREATE TABLE audit_entries (
    -- 0, 1, 2, … without a gap: taken from audit_head in the same transaction.
    seq         bigint PRIMARY KEY NOT NULL CHECK (seq >= 0),
    at          timestamptz NOT NULL,
    action      text NOT NULL,
    outcome     text NOT NULL,
    actor_id    uuid,
    actor_name  text NOT NULL,
    object_kind text NOT NULL,
    object_id   text NOT NULL,
    -- Canonical JSON, exactly the bytes that were hashed; hence text and not json.
    body        text NOT NULL,
    hash        bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE INDEX audit_entries_by_action ON audit_entries (action, seq);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, seq);
CREATE INDEX audit_entries_by_object ON audit_entries (object_kind, object_id, seq);

-- Personal values with their salts. The entry holds SHA-256(salt, value); deleting a row here erases the person and
-- leaves every hash as it is.
CREATE TABLE audit_personal (
    seq   bigint NOT NULL REFERENCES audit_entries (seq),
    name  text NOT NULL,
    salt  bytea NOT NULL CHECK (length(salt) = 32),
    value text NOT NULL,
    PRIMARY KEY (seq, name)
);

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit entries are never changed or deleted'; END $$;
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE FUNCTION audit_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.size <> OLD.size + 1 THEN
        RAISE EXCEPTION 'the audit log only grows, one entry at a time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_head_only_grows BEFORE UPDATE OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_grow();
