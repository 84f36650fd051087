-- Each run of the program: one that has neither stopped nor been seen for a while ended without a word.
CREATE TABLE runs (
    id         BLOB PRIMARY KEY NOT NULL,
    host       TEXT NOT NULL,
    process    TEXT NOT NULL,
    started_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL
) STRICT;
