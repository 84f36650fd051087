-- An entry has the next number or none: it takes it by being written.
CREATE TRIGGER audit_entries_in_order BEFORE INSERT ON audit_entries WHEN NEW.seq <> (SELECT size FROM audit_head WHERE one = 1)
BEGIN SELECT RAISE(ABORT, 'audit entries follow one another without a gap'); END;
CREATE TRIGGER audit_entries_counted AFTER INSERT ON audit_entries
BEGIN UPDATE audit_head SET size = size + 1 WHERE one = 1; END;
-- Nobody asked by it: each index is another page in every commit.
DROP INDEX audit_entries_by_actor;
