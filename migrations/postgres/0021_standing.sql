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
