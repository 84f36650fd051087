-- Webhooks that were refused, counted by the hour and the reason: each could be anybody's.
CREATE TABLE webhook_refusals (
    hour    TEXT NOT NULL,
    why     TEXT NOT NULL,
    number  INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (hour, why)
) STRICT;

-- Acts that are entries of their own up to a limit, and are counted beyond it until the window ends.
CREATE TABLE repeated_acts (
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    since   TEXT NOT NULL,
    told    INTEGER NOT NULL,
    untold  INTEGER NOT NULL,
    PRIMARY KEY (action, subject)
) STRICT;
