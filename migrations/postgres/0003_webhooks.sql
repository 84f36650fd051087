-- A webhook event is answered with 2xx once it stands here, and applied afterwards. The primary key is Persona's event id:
-- a second delivery of the same event finds the first.

CREATE TABLE webhook_events (
    id          text PRIMARY KEY NOT NULL,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    body        text NOT NULL,
    state       text NOT NULL CHECK (state IN ('received', 'applied', 'kept', 'failed')),
    attempts    bigint NOT NULL,
    error       text
);
CREATE INDEX webhook_events_waiting ON webhook_events (created_at, id) WHERE state = 'received';
CREATE INDEX webhook_events_by_arrival ON webhook_events (received_at);

-- Signed by Persona, but not readable: kept whole, for a person to look at.
CREATE TABLE dead_letters (
    digest      text PRIMARY KEY NOT NULL,
    received_at timestamptz NOT NULL,
    why         text NOT NULL,
    body        bytea NOT NULL
);
