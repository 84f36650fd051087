-- Declined inquiries whose evidence was never read: while there are any, nobody knows what their accounts share with others. They are read
-- before what was approved or ended otherwise.
CREATE INDEX inquiries_unseen ON inquiries (id)
    WHERE status = 'declined' AND evidence_at IS NULL AND redacted_at IS NULL AND account_id IS NOT NULL;
UPDATE inquiries SET evidence_order = 3 WHERE evidence_order = 2 AND status <> 'declined';
