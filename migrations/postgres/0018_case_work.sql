-- Cases as work: what the list is narrowed down and ordered by, and giving one to somebody, which Persona has to be told.
ALTER TABLE cases ADD COLUMN resolved_at timestamptz;
-- When it is due, or long after everything that is: keyset pages need a value in each row.
ALTER TABLE cases ADD COLUMN due_order timestamptz NOT NULL DEFAULT '9999-12-31T00:00:00Z';
UPDATE cases SET resolved_at = CAST(body ->> 'resolved_at' AS timestamptz), due_order = COALESCE(due_at, due_order);
CREATE INDEX cases_open_by_age ON cases (created_at, id) WHERE resolved_at IS NULL;
CREATE INDEX cases_open_by_due ON cases (due_order, id) WHERE resolved_at IS NULL;
CREATE INDEX cases_by_due ON cases (due_order, id);
CREATE INDEX cases_by_status ON cases (status, created_at, id);
CREATE INDEX cases_by_assignee ON cases (assignee, created_at, id);

CREATE TABLE case_tags (
    case_id text NOT NULL,
    tag     text NOT NULL,
    PRIMARY KEY (tag, case_id)
);
CREATE INDEX case_tags_by_case ON case_tags (case_id);
INSERT INTO case_tags (case_id, tag) SELECT DISTINCT c.id, t.value FROM cases c, jsonb_array_elements_text(c.body -> 'tags') t;

CREATE TABLE assignments (
    id            uuid PRIMARY KEY NOT NULL,
    case_id       text NOT NULL,
    email         text NOT NULL,
    reviewer_id   uuid NOT NULL REFERENCES reviewers (id),
    reviewer_name text NOT NULL,
    requested_at  timestamptz NOT NULL,
    state         text NOT NULL CHECK (state IN ('requested', 'done', 'failed')),
    error         text,
    CHECK ((state = 'failed') = (error IS NOT NULL))
);
-- One at a time: the database lets one through.
CREATE UNIQUE INDEX assignments_one_on_its_way ON assignments (case_id) WHERE state = 'requested';
CREATE INDEX assignments_by_case ON assignments (case_id, requested_at);

ALTER TABLE deliveries ADD COLUMN assignment_id uuid UNIQUE REFERENCES assignments (id);
ALTER TABLE deliveries DROP CONSTRAINT deliveries_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_one_cause CHECK (num_nonnulls(decision_id, link_id, assignment_id) = 1);
