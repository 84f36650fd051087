-- Who could act through the account of whoever did this when it was done, as a JSON array of makers: an account that is given back or
-- confirmed afterwards does not change who did it. Rows from before have none.
ALTER TABLE decisions ADD COLUMN hands jsonb;
ALTER TABLE rule_proposals ADD COLUMN hands jsonb;
ALTER TABLE retention_proposals ADD COLUMN hands jsonb;
ALTER TABLE invitations ADD COLUMN hands jsonb;
