-- 100,000 inquiries that need review, one in fifty with a watchlist hit.
INSERT INTO templates (id, name) VALUES ('itmpl_1', 'KYC standard'), ('itmpl_2', 'KYB onboarding');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO inquiries (id, status, template_id, subject, country, waiting_since, created_at, as_of, as_of_event, version,
    body, fingerprint, signals, evidence_at, evidence_attempts, rank, due_at, ranked_by)
SELECT printf('inq_%09d', i), 'needs_review', 'itmpl_' || (1 + i % 2), 'Maya Nwosu ' || i, substr('USDENGGB', 1 + 2 * (i % 4), 2),
    strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1780000000 + i * 7, 'unixepoch'), '2026-11-20T09:00:00.000000Z',
    '2026-11-20T09:00:00.000000Z', '', 1, '{}', 'x',
    CASE WHEN i % 50 = 0 THEN '[{"tone":"bad","label":"Watchlist hit"}]' ELSE '[{"tone":"good","label":"All checks passed"}]' END,
    '2026-11-20T09:00:00.000000Z', 0, CASE WHEN i % 50 = 0 THEN -100 ELSE 0 END,
    strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1780086400 + i * 7, 'unixepoch'), 0
FROM n;
INSERT INTO inquiry_terms (term, inquiry_id)
SELECT 'word:maya', id FROM inquiries UNION ALL SELECT 'word:' || id, id FROM inquiries
UNION ALL SELECT 'word:' || substr(subject, 12), id FROM inquiries
UNION ALL SELECT 'country:' || country, id FROM inquiries UNION ALL SELECT 'template:' || template_id, id FROM inquiries;
INSERT INTO inquiry_terms (term, inquiry_id) SELECT 'signal:watchlist hit', id FROM inquiries WHERE rank < 0;
