-- Whose account was disabled when this was held. It stays held when the account is enabled again, until an admin sends or withdraws it.
ALTER TABLE decisions ADD COLUMN held_for text;
