-- 100,000 open subjects, one in fifty with a tag; priorities spread.
INSERT INTO moderation_subject_status (did, "recordPath", "reviewState", "createdAt", "updatedAt", "lastReportedAt", takendown, tags, "priorityScore", "ageAssuranceState")
SELECT 'did:plc:' || lpad(i::text, 24, 'a'), '', 'tools.ozone.moderation.defs#reviewOpen', at, at, at, false,
    CASE WHEN i % 50 = 0 THEN '["watchlist","lang:en"]'::jsonb ELSE '["lang:en"]'::jsonb END, i % 101, 'unknown'
FROM (SELECT i, to_char(to_timestamp(1780000000 + i * 7) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM generate_series(1, 100000) i) s;
ANALYZE;
