-- Since when a decision that was not sent, or that Persona refused, is work of its maker again; empty when it is nobody's.
ALTER TABLE decisions ADD COLUMN came_back_at TIMESTAMPTZ;
CREATE INDEX decisions_came_back ON decisions (reviewer_id) WHERE came_back_at IS NOT NULL;
