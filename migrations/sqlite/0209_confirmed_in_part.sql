-- Who could still act through an account after it was confirmed: those who could act through it and through the account of the reviewer who confirmed it.
-- Empty when that was an independent person; until now, no one else could confirm an account.
ALTER TABLE reviewers ADD COLUMN confirmed_hands TEXT;
