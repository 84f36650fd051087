-- Until when somebody was an active admin whose role was changed: as one who was disabled, they count for a time.
ALTER TABLE reviewers ADD COLUMN was_admin_until timestamptz;
