-- Each run of the program: one that has neither stopped nor been seen for a while ended without a word.
CREATE TABLE runs (
    id         uuid PRIMARY KEY NOT NULL,
    host       text NOT NULL,
    process    text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
