-- What a sign in an address stands for: words that were searched for name people, and addresses are kept by browsers and proxies.
CREATE TABLE searches (
    sign    TEXT PRIMARY KEY NOT NULL,
    words   TEXT NOT NULL,
    used_at TEXT NOT NULL
) STRICT;
CREATE INDEX searches_by_use ON searches (used_at);
