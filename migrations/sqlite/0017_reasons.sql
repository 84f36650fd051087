-- Reasons that an organisation added to those of the desk, and those that nobody gives any more; an edit makes the next version.
CREATE TABLE reasons (
    version       INTEGER PRIMARY KEY NOT NULL CHECK (version > 0),
    body          TEXT NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    made_at       TEXT NOT NULL
) STRICT;
