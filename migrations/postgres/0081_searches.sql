-- What a sign in an address stands for: words that were searched for name people, and addresses are kept by browsers and proxies.
CREATE TABLE searches (
    sign    text PRIMARY KEY NOT NULL,
    words   text NOT NULL,
    used_at timestamptz NOT NULL
);
CREATE INDEX searches_by_use ON searches (used_at);
