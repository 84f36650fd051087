-- By which version of the words all inquiries are found, and how far a later version has come, in the order of their ids.
CREATE TABLE search_index (
    one      INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    done     INTEGER NOT NULL,
    walking  INTEGER NOT NULL,
    after_id TEXT NOT NULL
) STRICT;
INSERT INTO search_index (one, done, walking, after_id) VALUES (1, 0, 0, '');
