-- What an inquiry is found by is made anew: names in more spellings, phone numbers in each of their forms. The job that puts
-- inquiries in their place does it, a few at a time.
UPDATE inquiries SET ranked_by = -1;

-- What a case holds besides inquiries and accounts is read by itself: since when that is wanted, how often it was tried, and why it
-- could not be read.
ALTER TABLE cases ADD COLUMN wanted_at TIMESTAMPTZ;
ALTER TABLE cases ADD COLUMN wanted_tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN wanted_error TEXT;
CREATE INDEX cases_wanted ON cases (wanted_at) WHERE wanted_at IS NOT NULL;
UPDATE cases SET wanted_at = now() WHERE resolved_at IS NULL;
