-- What is left of Persona's window, for all replicas; events found by reading Persona's list that no webhook brought.

CREATE TABLE request_budget (
    one       INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    allowed   INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    resets    TEXT NOT NULL
) STRICT;

-- 'webhook' or 'list': what the list brought and no webhook did was a gap.
ALTER TABLE webhook_events ADD COLUMN came_by TEXT NOT NULL DEFAULT 'webhook';
CREATE INDEX webhook_events_gaps ON webhook_events (received_at) WHERE came_by = 'list';
