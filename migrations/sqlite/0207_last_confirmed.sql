-- Who last confirmed an account, also after a reset or a change of role removed the confirmation. A second person is someone whose account
-- was independent when it was created or when it was last confirmed: what another admin did to the account since does not change that.
ALTER TABLE reviewers ADD COLUMN last_confirmed_by TEXT;
UPDATE reviewers SET last_confirmed_by = COALESCE(confirmed_by, before_confirmed_by);
ALTER TABLE reviewers DROP COLUMN before_at;
ALTER TABLE reviewers DROP COLUMN before_reset_by;
ALTER TABLE reviewers DROP COLUMN before_confirmed_by;
ALTER TABLE reviewers DROP COLUMN before_reset_hands;
