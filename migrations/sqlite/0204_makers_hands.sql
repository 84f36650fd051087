-- Who could act through the account of whoever made an account, and of whoever last reset its password, at those times: confirming one of
-- these later does not change who that was. The third is as it was before the last reset or change of role.
ALTER TABLE reviewers ADD COLUMN created_hands TEXT;
ALTER TABLE reviewers ADD COLUMN reset_hands TEXT;
ALTER TABLE reviewers ADD COLUMN before_reset_hands TEXT;
