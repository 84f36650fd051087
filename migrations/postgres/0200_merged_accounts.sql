-- 1 when the account took in others (account.consolidated-with) and its inquiries were not listed since: those of the others are among
-- them at Persona, and not here. 2 when it was taken in (account.consolidated): what is still known of it is of another account by now, or
-- will be.
ALTER TABLE relation_crawls ADD COLUMN merged bigint NOT NULL DEFAULT 0;
CREATE INDEX relation_crawls_taken_in ON relation_crawls (account_id) WHERE merged = 2;
