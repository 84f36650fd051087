-- Whether lists were searched for the name on a passed document, where that is another than the submitted one, was not compared: what can
-- be decided is read again.
UPDATE inquiries SET evidence_wanted_at = now(), evidence_attempts = 0, evidence_order = 1
WHERE evidence IS NOT NULL AND evidence_wanted_at IS NULL AND redacted_at IS NULL AND status IN ('needs_review', 'completed', 'failed');
