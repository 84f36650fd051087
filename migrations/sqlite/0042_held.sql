-- Decisions of somebody whose account was disabled before they were sent are held until an admin sends or withdraws them.
-- Who sent one all the same, and when.
ALTER TABLE decisions ADD COLUMN released_by TEXT;
ALTER TABLE decisions ADD COLUMN released_at TEXT CHECK ((released_at IS NULL) = (released_by IS NULL));
