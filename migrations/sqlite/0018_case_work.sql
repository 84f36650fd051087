-- Cases as work: what the list is narrowed down and ordered by, and giving one to somebody, which Persona has to be told.
ALTER TABLE cases ADD COLUMN resolved_at TEXT;
-- When it is due, or long after everything that is: keyset pages need a value in each row.
ALTER TABLE cases ADD COLUMN due_order TEXT NOT NULL DEFAULT '9999-12-31T00:00:00.000000Z';
UPDATE cases SET resolved_at = json_extract(body, '$.resolved_at'), due_order = COALESCE(due_at, due_order);
CREATE INDEX cases_open_by_age ON cases (created_at, id) WHERE resolved_at IS NULL;
CREATE INDEX cases_open_by_due ON cases (due_order, id) WHERE resolved_at IS NULL;
CREATE INDEX cases_by_due ON cases (due_order, id);
CREATE INDEX cases_by_status ON cases (status, created_at, id);
CREATE INDEX cases_by_assignee ON cases (assignee, created_at, id);

CREATE TABLE case_tags (
    case_id TEXT NOT NULL,
    tag     TEXT NOT NULL,
    PRIMARY KEY (tag, case_id)
) STRICT;
CREATE INDEX case_tags_by_case ON case_tags (case_id);
INSERT INTO case_tags (case_id, tag) SELECT DISTINCT c.id, t.value FROM cases c, json_each(c.body, '$.tags') t;

CREATE TABLE assignments (
    id            BLOB PRIMARY KEY NOT NULL,
    case_id       TEXT NOT NULL,
    email         TEXT NOT NULL,
    reviewer_id   BLOB NOT NULL REFERENCES reviewers (id),
    reviewer_name TEXT NOT NULL,
    requested_at  TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('requested', 'done', 'failed')),
    error         TEXT,
    CHECK ((state = 'failed') = (error IS NOT NULL))
) STRICT;
-- One at a time: the database lets one through.
CREATE UNIQUE INDEX assignments_one_on_its_way ON assignments (case_id) WHERE state = 'requested';
CREATE INDEX assignments_by_case ON assignments (case_id, requested_at);

CREATE TABLE deliveries_new (
    id            BLOB PRIMARY KEY NOT NULL,
    decision_id   BLOB UNIQUE REFERENCES decisions (id),
    link_id       BLOB UNIQUE REFERENCES links (id),
    assignment_id BLOB UNIQUE REFERENCES assignments (id),
    subject_id    TEXT NOT NULL,
    action        TEXT NOT NULL,
    -- Idempotency-Key is this id and the generation: a new one only after reading back.
    generation    INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'done', 'failed', 'unknown', 'superseded', 'withdrawn')),
    attempts      INTEGER NOT NULL,
    not_before    TEXT NOT NULL,
    lease_until   TEXT,
    -- Fencing: a worker that slept past its lease finds another number here.
    lease         INTEGER NOT NULL,
    first_sent_at TEXT,
    request_id    TEXT,
    answer        TEXT,
    created_at    TEXT NOT NULL,
    finished_at   TEXT,
    CHECK ((decision_id IS NOT NULL) + (link_id IS NOT NULL) + (assignment_id IS NOT NULL) = 1)
) STRICT;
INSERT INTO deliveries_new (id, decision_id, link_id, subject_id, action, generation, state, attempts, not_before, lease_until,
        lease, first_sent_at, request_id, answer, created_at, finished_at)
    SELECT id, decision_id, link_id, subject_id, action, generation, state, attempts, not_before, lease_until,
        lease, first_sent_at, request_id, answer, created_at, finished_at FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_new RENAME TO deliveries;
CREATE INDEX deliveries_waiting ON deliveries (not_before) WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_next ON deliveries ((CASE WHEN decision_id IS NULL THEN 1 ELSE 0 END), created_at, id)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_in_flight ON deliveries (subject_id) WHERE state = 'sending';
