-- By which version of the words all inquiries are found, and how far a later version has come, in the order of their ids.
CREATE TABLE search_index (
    one      bigint PRIMARY KEY CHECK (one = 1),
    done     bigint NOT NULL,
    walking  bigint NOT NULL,
    after_id text NOT NULL
);
INSERT INTO search_index (one, done, walking, after_id) VALUES (1, 0, 0, '');
