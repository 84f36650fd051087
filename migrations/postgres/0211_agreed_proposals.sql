-- A proposal of an admin whose account another person could use: that person can agree to it, and is no second
-- person. The name of who agreed.
ALTER TABLE rule_proposals ADD COLUMN agreed_by TEXT;
