-- Whom a note calls by name, and when they read it.
CREATE TABLE mentions (
    note_id     BLOB NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    reviewer_id BLOB NOT NULL REFERENCES reviewers (id),
    at          TEXT NOT NULL,
    read_at     TEXT,
    PRIMARY KEY (note_id, reviewer_id)
) STRICT;
CREATE INDEX mentions_of_reviewer ON mentions (reviewer_id, at);
CREATE INDEX mentions_unread ON mentions (reviewer_id) WHERE read_at IS NULL;

-- A difference between what was submitted and what was found, and how it was resolved. An earlier word on the same stands in the log.
CREATE TABLE discrepancies (
    inquiry_id    TEXT NOT NULL REFERENCES inquiries (id) ON DELETE CASCADE,
    field         TEXT NOT NULL,
    resolution    TEXT NOT NULL,
    comment       TEXT NOT NULL,
    -- Hash of the values that differed: with other values the word does not count.
    of_values     TEXT NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    at            TEXT NOT NULL,
    PRIMARY KEY (inquiry_id, field)
) STRICT;
