-- What makes samples unforeseeable: one random key for an installation, made with the first draw.
CREATE TABLE draw_key (
    one BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    key BYTEA NOT NULL CHECK (octet_length(key) = 32)
);
