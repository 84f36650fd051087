-- A decision that a second reviewer refused is work of its maker, until the subject is decided again or the maker lets it go.
ALTER TABLE decisions ADD COLUMN returned_until timestamptz CHECK (returned_until IS NULL OR state = 'refused');
-- What was decided since is nobody's work any more.
UPDATE decisions SET returned_until = settled_at WHERE state = 'refused' AND EXISTS (
    SELECT 1 FROM decisions later WHERE later.subject_kind = decisions.subject_kind AND later.subject_id = decisions.subject_id
        AND later.made_at > decisions.made_at);
CREATE INDEX decisions_returned ON decisions (reviewer_id) WHERE state = 'refused' AND returned_until IS NULL;
