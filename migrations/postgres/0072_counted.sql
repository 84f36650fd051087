-- Webhooks that were refused, counted by the hour and the reason: each could be anybody's.
CREATE TABLE webhook_refusals (
    hour    timestamptz NOT NULL,
    why     text NOT NULL,
    number  bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (hour, why)
);

-- Acts that are entries of their own up to a limit, and are counted beyond it until the window ends.
CREATE TABLE repeated_acts (
    action  text NOT NULL,
    subject text NOT NULL,
    since   timestamptz NOT NULL,
    told    bigint NOT NULL,
    untold  bigint NOT NULL,
    PRIMARY KEY (action, subject)
);
