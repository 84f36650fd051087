-- Who could act through the accounts that made an account or reset its password, at those times: confirming a maker later does not change
-- who that was. The second is as it was before the last reset or change of role.
ALTER TABLE reviewers ADD COLUMN made_hands jsonb;
ALTER TABLE reviewers ADD COLUMN before_made_hands jsonb;
