-- How many pages a PDF of the evidence has, or why it cannot be drawn.
CREATE TABLE sheets (
    object_id text NOT NULL,
    part      text NOT NULL,
    pages     bigint,
    why       text,
    PRIMARY KEY (object_id, part),
    CHECK ((pages IS NULL) <> (why IS NULL))
);
