-- A webhook event is answered with 2xx once it stands here, and applied afterwards. The primary key is Persona's event id:
-- a second delivery of the same event finds the first.

CREATE TABLE webhook_events (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    received_at TEXT NOT NULL,
    body        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('received', 'applied', 'kept', 'failed')),
    attempts    INTEGER NOT NULL,
    error       TEXT
) STRICT;
CREATE INDEX webhook_events_waiting ON webhook_events (created_at, id) WHERE state = 'received';
CREATE INDEX webhook_events_by_arrival ON webhook_events (received_at);

-- Signed by Persona, but not readable: kept whole, for a person to look at.
CREATE TABLE dead_letters (
    digest      TEXT PRIMARY KEY NOT NULL,
    received_at TEXT NOT NULL,
    why         TEXT NOT NULL,
    body        BLOB NOT NULL
) STRICT;
