-- What a person has to look at is dropped after a time, and looked for each minute.
CREATE INDEX webhook_events_unread ON webhook_events (received_at) WHERE state IN ('failed', 'kept');
