-- Tries to sign in, counted before their password is looked at. The subject is a digest, so the table names nobody: an e-mail that was tried,
-- the device that an account has been used on, an address, or all of them.
DROP TABLE sign_in_brakes;
CREATE TABLE sign_in_tries (
    subject       text PRIMARY KEY NOT NULL,
    tries         bigint NOT NULL,
    since         timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);
CREATE INDEX sign_in_tries_by_since ON sign_in_tries (since);

-- Refused sign-ins that the log has no entry of yet, by reviewer or `unknown`.
CREATE TABLE sign_in_refusals (
    subject text PRIMARY KEY NOT NULL,
    since   timestamptz NOT NULL,
    untold  bigint NOT NULL
);

-- Browsers in which a reviewer has signed in before. The token is kept as SHA-256, as a session's id is.
CREATE TABLE devices (
    token_hash  text NOT NULL,
    reviewer_id uuid NOT NULL REFERENCES reviewers (id),
    used_at     timestamptz NOT NULL,
    PRIMARY KEY (token_hash, reviewer_id)
);
CREATE INDEX devices_by_reviewer ON devices (reviewer_id);
