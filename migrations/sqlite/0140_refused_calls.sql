-- The status with which Persona last refused a changing call for the key or the address that the desk uses, and when; empty once
-- it answers otherwise.
ALTER TABLE deliveries ADD COLUMN refused INTEGER;
ALTER TABLE deliveries ADD COLUMN refused_at TEXT;
CREATE INDEX deliveries_refused ON deliveries (refused_at) WHERE refused IS NOT NULL;
