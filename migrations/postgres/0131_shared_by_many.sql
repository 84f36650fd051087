-- What more than 25 accounts share was left out of the signals. Whoever can still be decided about and has such a value is read again,
-- which makes their signals anew.
UPDATE inquiries SET evidence_wanted_at = now(), evidence_attempts = 0
WHERE evidence IS NOT NULL AND evidence_wanted_at IS NULL AND redacted_at IS NULL AND status IN ('needs_review', 'completed', 'failed')
    AND account_id IN (SELECT a.account_id FROM account_attributes a
        JOIN (SELECT kind, digest FROM account_attributes GROUP BY kind, digest HAVING COUNT(*) > 25) many
            ON many.kind = a.kind AND many.digest = a.digest);
