-- Declined inquiries whose evidence was not read since: while there are any, nobody knows what their accounts share with others. They are read
-- before what was approved or ended otherwise.
CREATE INDEX inquiries_unseen ON inquiries (id)
    WHERE status = 'declined' AND (evidence_at IS NULL OR evidence_wanted_at IS NOT NULL) AND redacted_at IS NULL AND account_id IS NOT NULL;
UPDATE inquiries SET evidence_order = 3 WHERE evidence_order = 2 AND status <> 'declined';
