-- Reports and verifications that a case holds, by which it is found when one of them changes.
CREATE TABLE case_parts (
    case_id TEXT NOT NULL,
    part_id TEXT NOT NULL,
    PRIMARY KEY (part_id, case_id)
) STRICT;
INSERT OR IGNORE INTO case_parts (case_id, part_id)
    SELECT c.id, part.value FROM cases c, json_each(c.body, '$.reports') part
    UNION SELECT c.id, part.value FROM cases c, json_each(c.body, '$.verifications') part;
CREATE INDEX case_parts_by_case ON case_parts (case_id);

-- Reports of the account itself were no part of the evidence: it is read again where it can still be decided about.
UPDATE inquiries SET evidence_wanted_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), evidence_attempts = 0
WHERE evidence IS NOT NULL AND evidence_wanted_at IS NULL AND redacted_at IS NULL AND account_id IS NOT NULL
    AND status IN ('needs_review', 'completed', 'failed');
UPDATE cases SET wanted_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), wanted_tries = 0
WHERE wanted_at IS NULL AND resolved_at IS NULL AND id IN (SELECT case_id FROM case_objects);
