-- Nobody asked by it: each index is another page in every commit.
DROP INDEX audit_entries_by_actor;
