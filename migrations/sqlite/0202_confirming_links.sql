-- Who vouches for the owner of the account, where the link confirms an account. It also needs the current password, so that neither the
-- maker of the account nor whoever vouches can use it alone.
ALTER TABLE invitations ADD COLUMN confirms_by TEXT;
