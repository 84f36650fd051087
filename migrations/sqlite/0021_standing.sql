-- Whether an inquiry is snoozed stands in the orders of the queue: what is counted or passed over is then not looked up one row after
-- the other, each in another page of the file.
DROP INDEX inquiries_by_status;
DROP INDEX inquiries_by_due;
DROP INDEX inquiries_by_rank;
CREATE INDEX inquiries_by_status ON inquiries (status, waiting_since, id, snoozed_until);
CREATE INDEX inquiries_by_due ON inquiries (status, due_at, id, snoozed_until);
CREATE INDEX inquiries_by_rank ON inquiries (status, rank, waiting_since, id, snoozed_until);
-- The same for those that a word leads to.
CREATE INDEX inquiries_standing ON inquiries (id, status, snoozed_until);

-- How selective these are among a million inquiries. Without it SQLite takes any status for rare, and would look through all that
-- need review for each inquiry that a word leads to. `ANALYZE` would count an empty database.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE tbl = 'inquiries';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('inquiries', 'sqlite_autoindex_inquiries_1', '1000000 1'),
    ('inquiries', 'inquiries_standing', '1000000 1 1 1'),
    ('inquiries', 'inquiries_by_wait', '1000000 1 1'),
    ('inquiries', 'inquiries_by_status', '1000000 200000 1 1 1'),
    ('inquiries', 'inquiries_by_due', '1000000 200000 1 1 1'),
    ('inquiries', 'inquiries_by_rank', '1000000 200000 20000 1 1 1'),
    ('inquiries', 'inquiries_by_account', '1000000 2'),
    ('inquiries', 'inquiries_by_assignee', '20000 500 200 1 1'),
    ('inquiries', 'inquiries_snoozed', '2000 1');
ANALYZE sqlite_schema;
