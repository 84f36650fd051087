-- 1: a link for the password of an admin or an auditor, which opens nothing until a second person has confirmed it.
ALTER TABLE invitations ADD COLUMN waits INTEGER NOT NULL DEFAULT 0 CHECK (waits IN (0, 1));
