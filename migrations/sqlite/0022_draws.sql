-- What makes samples unforeseeable: one random key for an installation, made with the first draw.
CREATE TABLE draw_key (
    one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;
