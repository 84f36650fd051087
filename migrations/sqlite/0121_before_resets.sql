-- Who had reset and confirmed an account before a reset or a change of role took that back: for a time it still counts, so that neither
-- is a way to be the only one left.
ALTER TABLE reviewers ADD COLUMN before_at TEXT;
ALTER TABLE reviewers ADD COLUMN before_reset_by TEXT;
ALTER TABLE reviewers ADD COLUMN before_confirmed_by TEXT;
