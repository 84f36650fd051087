-- Asked by nobody who could not count instead: each index is another page in every commit.
DROP INDEX audit_entries_by_action;
