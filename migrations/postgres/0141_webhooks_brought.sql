-- When the last webhook came is asked by every page, and where none ever came every row would be looked at.
CREATE INDEX webhook_events_brought ON webhook_events (received_at) WHERE came_by = 'webhook';
