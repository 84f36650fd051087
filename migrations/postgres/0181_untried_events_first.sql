-- What could not be applied before stands behind what was not tried yet.
DROP INDEX webhook_events_waiting;
CREATE INDEX webhook_events_waiting ON webhook_events (attempts, created_at, id) WHERE state = 'received';
