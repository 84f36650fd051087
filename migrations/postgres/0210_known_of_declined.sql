-- Which accounts share something with a declined person is not known while any inquiry of that person was not read, or not whole.
DROP INDEX inquiries_unseen;
CREATE INDEX inquiries_unseen ON inquiries (status, account_id, id)
    WHERE (evidence_at IS NULL OR evidence_wanted_at IS NOT NULL OR evidence_error IS NOT NULL OR parts_unread > 0) AND redacted_at IS NULL;
-- What inquiries without an account share with others.
CREATE TABLE inquiry_attributes (
    inquiry_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    PRIMARY KEY (inquiry_id, kind, digest)
);
CREATE INDEX inquiry_attributes_by_value ON inquiry_attributes (kind, digest);
-- Their attributes come with their evidence.
UPDATE inquiries SET evidence_wanted_at = evidence_at, evidence_attempts = 0, evidence_order = CASE
        WHEN status IN ('needs_review', 'completed', 'failed') THEN 1 WHEN status = 'declined' THEN 2 ELSE 3 END
    WHERE account_id IS NULL AND redacted_at IS NULL AND evidence_at IS NOT NULL AND evidence_wanted_at IS NULL;
