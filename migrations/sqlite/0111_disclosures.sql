-- Whose hidden values or files each reviewer was shown within the last hour: what the limit on them counts.
CREATE TABLE disclosures (
    reviewer_id BLOB NOT NULL REFERENCES reviewers (id),
    subject_id  TEXT NOT NULL,
    at          TEXT NOT NULL,
    PRIMARY KEY (reviewer_id, subject_id)
) STRICT;
