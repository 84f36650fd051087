-- What the desk itself keeps of an inquiry for its queue. Persona's side never overwrites it.
-- Lower comes first: the worst signals have the lowest rank.
ALTER TABLE inquiries ADD COLUMN rank BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inquiries ADD COLUMN due_at TIMESTAMPTZ NOT NULL DEFAULT '9999-12-31T00:00:00.000000Z';
-- By which version of the policy rank and due time were computed; another one means: again.
ALTER TABLE inquiries ADD COLUMN ranked_by BIGINT NOT NULL DEFAULT -1;
ALTER TABLE inquiries ADD COLUMN tags JSONB NOT NULL DEFAULT '[]';
ALTER TABLE inquiries ADD COLUMN assignee_id UUID REFERENCES reviewers (id);
ALTER TABLE inquiries ADD COLUMN assignee_name TEXT;
ALTER TABLE inquiries ADD COLUMN snoozed_until TIMESTAMPTZ;
-- 1: ends as well when Persona tells of a change.
ALTER TABLE inquiries ADD COLUMN snoozed_for_change BIGINT NOT NULL DEFAULT 0 CHECK (snoozed_for_change IN (0, 1));
CREATE INDEX inquiries_by_due ON inquiries (status, due_at, id);
CREATE INDEX inquiries_by_rank ON inquiries (status, rank, waiting_since, id);
CREATE INDEX inquiries_by_assignee ON inquiries (assignee_id, status, waiting_since, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX inquiries_snoozed ON inquiries (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX inquiries_unranked ON inquiries (ranked_by);

-- What an inquiry is found by: signals, tags, words of its name, ids; what is masked stands as a digest and is found whole only.
CREATE TABLE inquiry_terms (
    -- By its bytes, so that what begins with a word is a range whatever the language of the database.
    term       TEXT COLLATE "C" NOT NULL,
    inquiry_id TEXT NOT NULL REFERENCES inquiries (id) ON DELETE CASCADE,
    PRIMARY KEY (term, inquiry_id)
);
CREATE INDEX inquiry_terms_by_inquiry ON inquiry_terms (inquiry_id);

-- How many inquiries stand in each status, as differences that a job adds up: a count over a million rows takes too long for
-- a page, and one row for all would be waited for.
CREATE TABLE inquiry_counts (
    status TEXT NOT NULL,
    n      BIGINT NOT NULL
);
INSERT INTO inquiry_counts (status, n) SELECT status, COUNT(*) FROM inquiries GROUP BY status;
CREATE FUNCTION inquiries_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.status <> NEW.status) THEN
        INSERT INTO inquiry_counts (status, n) VALUES (OLD.status, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR OLD.status <> NEW.status) THEN
        INSERT INTO inquiry_counts (status, n) VALUES (NEW.status, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inquiries_counted AFTER INSERT OR DELETE OR UPDATE OF status ON inquiries
    FOR EACH ROW EXECUTE FUNCTION inquiries_counted();

-- How long an inquiry may wait and who is dealt what; an edit makes the next version.
CREATE TABLE queue_policies (
    version       BIGINT PRIMARY KEY NOT NULL CHECK (version > 0),
    body          JSONB NOT NULL,
    reviewer_id   UUID NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    made_at       TIMESTAMPTZ NOT NULL
);

-- A filter with a name. Without an owner it is everybody's.
CREATE TABLE queue_views (
    id       UUID PRIMARY KEY NOT NULL,
    owner_id UUID REFERENCES reviewers (id),
    name     TEXT NOT NULL,
    filter   TEXT NOT NULL,
    made_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX queue_views_by_owner ON queue_views (owner_id);

-- How a reviewer likes the desk.
CREATE TABLE preferences (
    reviewer_id UUID PRIMARY KEY NOT NULL REFERENCES reviewers (id),
    body        JSONB NOT NULL
);
