-- How many pages a PDF of the evidence has, or why it cannot be drawn.
CREATE TABLE sheets (
    object_id TEXT NOT NULL,
    part      TEXT NOT NULL,
    pages     INTEGER,
    why       TEXT,
    PRIMARY KEY (object_id, part),
    CHECK ((pages IS NULL) <> (why IS NULL))
) STRICT;
