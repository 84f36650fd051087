-- 1 when the account took in others (account.consolidated-with) and its inquiries were not listed since: those of the others are among
-- them at Persona, and not here.
ALTER TABLE relation_crawls ADD COLUMN merged bigint NOT NULL DEFAULT 0;
