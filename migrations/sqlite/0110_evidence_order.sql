-- Whose evidence is read first: 0 where somebody has the page open, 1 where a decision waits for it, 2 the rest.
ALTER TABLE inquiries ADD COLUMN evidence_order INTEGER NOT NULL DEFAULT 2;
UPDATE inquiries SET evidence_order = 1 WHERE evidence_wanted_at IS NOT NULL AND status IN ('needs_review', 'completed', 'failed');
DROP INDEX inquiries_wanted;
CREATE INDEX inquiries_wanted ON inquiries (evidence_order, evidence_wanted_at) WHERE evidence_wanted_at IS NOT NULL;
