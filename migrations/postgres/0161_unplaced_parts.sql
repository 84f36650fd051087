-- Reports and other parts of which a webhook did not say to what they belong: they are read, and what they belong to is read anew.
CREATE TABLE unplaced_parts (
    part_id   text PRIMARY KEY NOT NULL,
    kind      text NOT NULL,
    wanted_at timestamptz NOT NULL,
    tries     bigint NOT NULL DEFAULT 0
);
CREATE INDEX unplaced_parts_wanted ON unplaced_parts (wanted_at);
