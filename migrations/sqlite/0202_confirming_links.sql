-- The link by which an account is confirmed: who vouches for its owner. It opens nothing without the password of the account, which its
-- owner has and whoever confirms it has not.
ALTER TABLE invitations ADD COLUMN confirms_by TEXT;
