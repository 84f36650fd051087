-- What reviewers write to one another about an object. A note is never changed: whoever wrote it may strike it out, and the
-- words stay for who has to know what stood there.
CREATE TABLE notes (
    id           BLOB PRIMARY KEY NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('inquiry', 'case', 'account')),
    subject_id   TEXT NOT NULL,
    author_id    BLOB NOT NULL REFERENCES reviewers (id),
    author_name  TEXT NOT NULL,
    body         TEXT NOT NULL,
    -- 1: never in a file that leaves (suspicions, legal advice).
    restricted   INTEGER NOT NULL CHECK (restricted IN (0, 1)),
    at           TEXT NOT NULL,
    struck_at    TEXT
) STRICT;
CREATE INDEX notes_by_subject ON notes (subject_kind, subject_id, at);

-- What a reviewer has said they need to see of an object, and until when it is shown to them.
CREATE TABLE reveals (
    reviewer_id  BLOB NOT NULL REFERENCES reviewers (id),
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    topic        TEXT NOT NULL,
    purpose      TEXT NOT NULL,
    until        TEXT NOT NULL,
    PRIMARY KEY (reviewer_id, subject_kind, subject_id, topic)
) STRICT;
CREATE INDEX reveals_by_end ON reveals (until);
