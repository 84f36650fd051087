-- Evidence that an earlier version has read leaves out files and what reports say, and its signals follow an older rule. What can be
-- decided is read from Persona again.
UPDATE inquiries SET evidence_wanted_at = now(), evidence_attempts = 0
WHERE evidence IS NOT NULL AND evidence_wanted_at IS NULL AND redacted_at IS NULL AND status IN ('needs_review', 'completed', 'failed');
