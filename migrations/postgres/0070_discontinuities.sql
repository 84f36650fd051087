-- Places where the log does not simply go on: signed notes that are never changed.
CREATE TABLE audit_discontinuities (
    number bigint PRIMARY KEY NOT NULL CHECK (number >= 0),
    at     timestamptz NOT NULL,
    note   text NOT NULL
);
CREATE TRIGGER audit_discontinuities_no_change BEFORE UPDATE OR DELETE ON audit_discontinuities
    FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_discontinuities_no_truncate BEFORE TRUNCATE ON audit_discontinuities
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();

-- What each holder of checkpoints said when it was last asked. `contradicts` stays until the holder agrees or the log is resumed.
CREATE TABLE audit_outside (
    name  text PRIMARY KEY NOT NULL,
    kind  text NOT NULL,
    state text NOT NULL CHECK (state IN ('agrees', 'empty', 'contradicts', 'unknown', 'mute')),
    size  bigint NOT NULL,
    note  text,
    why   text,
    at    timestamptz NOT NULL
);

-- How many discontinuities a holder has been told of.
ALTER TABLE audit_holders ADD COLUMN told bigint NOT NULL DEFAULT 0;
