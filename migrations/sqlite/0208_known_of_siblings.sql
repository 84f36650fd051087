-- What other inquiries of an account say about the person: whether a check had failed when an inquiry was last read, which a redaction does
-- not take back (1, 0, or NULL when it was never read), and how many of its parts could not be read that say what its account shares with
-- others. While a declined inquiry has such parts, it is not known which accounts it is linked to.
ALTER TABLE inquiries ADD COLUMN failed_check INTEGER;
ALTER TABLE inquiries ADD COLUMN parts_unread INTEGER NOT NULL DEFAULT 0;
UPDATE inquiries SET parts_unread = (SELECT COUNT(*) FROM json_each(evidence, '$.unread') WHERE json_extract(value, '$.what') NOT LIKE 'report%')
WHERE evidence IS NOT NULL;
DROP INDEX inquiries_unseen;
CREATE INDEX inquiries_unseen ON inquiries (id)
    WHERE status = 'declined' AND (evidence_at IS NULL OR evidence_wanted_at IS NOT NULL OR evidence_error IS NOT NULL OR parts_unread > 0) AND redacted_at IS NULL
        AND account_id IS NOT NULL;
