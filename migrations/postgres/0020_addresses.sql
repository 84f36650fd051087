-- Addresses are kept in small letters, as those of reviewers are.
UPDATE cases SET assignee = LOWER(assignee), body = jsonb_set(body, '{assignee}', to_jsonb(LOWER(assignee)))
WHERE assignee LIKE '%@%';
