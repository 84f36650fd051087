-- Reports and other parts of which a webhook did not say to what they belong: they are read, and what they belong to is read anew.
CREATE TABLE unplaced_parts (
    part_id   TEXT PRIMARY KEY NOT NULL,
    kind      TEXT NOT NULL,
    wanted_at TEXT NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX unplaced_parts_wanted ON unplaced_parts (wanted_at);
