-- Tries to sign in, counted before their password is looked at. The subject is a digest, so the table names nobody: an e-mail that was tried,
-- the device that an account has been used on, an address, or all of them.
DROP TABLE sign_in_brakes;
CREATE TABLE sign_in_tries (
    subject       TEXT PRIMARY KEY NOT NULL,
    tries         INTEGER NOT NULL,
    since         TEXT NOT NULL,
    blocked_until TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_tries_by_since ON sign_in_tries (since);

-- Refused sign-ins that the log has no entry of yet, by reviewer or `unknown`.
CREATE TABLE sign_in_refusals (
    subject TEXT PRIMARY KEY NOT NULL,
    since   TEXT NOT NULL,
    untold  INTEGER NOT NULL
) STRICT;

-- Browsers in which a reviewer has signed in before. The token is kept as SHA-256, as a session's id is.
CREATE TABLE devices (
    token_hash  TEXT NOT NULL,
    reviewer_id BLOB NOT NULL REFERENCES reviewers (id),
    used_at     TEXT NOT NULL,
    PRIMARY KEY (token_hash, reviewer_id)
) STRICT;
CREATE INDEX devices_by_reviewer ON devices (reviewer_id);
