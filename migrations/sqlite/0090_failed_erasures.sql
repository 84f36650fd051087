-- An account that could not be erased is tried again later, and does not hold up the others.
ALTER TABLE retention ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE retention ADD COLUMN failure TEXT;
ALTER TABLE retention ADD COLUMN again_at TEXT;
