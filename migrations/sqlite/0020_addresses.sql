-- Addresses are kept in small letters, as those of reviewers are.
UPDATE cases SET assignee = LOWER(assignee), body = json_set(body, '$.assignee', LOWER(assignee)) WHERE assignee LIKE '%@%';
