-- What has to be looked at before a verdict; an edit makes the next version.
CREATE TABLE checklists (
    version       INTEGER PRIMARY KEY NOT NULL CHECK (version > 0),
    body          TEXT NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    made_at       TEXT NOT NULL
) STRICT;

-- Who ticked what, on which version of the evidence. The log tells of every tick; this is how it stands.
CREATE TABLE checklist_ticks (
    inquiry_id    TEXT NOT NULL REFERENCES inquiries (id) ON DELETE CASCADE,
    item          TEXT NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    at            TEXT NOT NULL,
    version       INTEGER NOT NULL,
    PRIMARY KEY (inquiry_id, item)
) STRICT;
