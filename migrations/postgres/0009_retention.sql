-- How long an account's records are kept. The clock starts when the relationship ends, not when a decision was made (FATF R.11,
-- AMLR art. 77); a hold stops it. `erased_at` also keeps Persona's lists from bringing the account back.
CREATE TABLE retention (
    account_id  text PRIMARY KEY NOT NULL,
    profile     text NOT NULL,
    ended_on    text NOT NULL,
    due_on      text NOT NULL,
    hold        text,
    held_by     text,
    erased_at   timestamptz,
    certificate text
);
CREATE INDEX retention_due ON retention (due_on) WHERE erased_at IS NULL AND hold IS NULL;
