-- Reasons that an organisation added to those of the desk, and those that nobody gives any more; an edit makes the next version.
CREATE TABLE reasons (
    version       BIGINT PRIMARY KEY NOT NULL CHECK (version > 0),
    body          JSONB NOT NULL,
    reviewer_id   UUID NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    made_at       TIMESTAMPTZ NOT NULL
);
