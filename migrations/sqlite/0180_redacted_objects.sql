-- Parts of inquiries and cases that Persona has redacted: what was read of them before, and is stored afterwards, brings nothing back.
CREATE TABLE redacted_objects (
    object_id   TEXT PRIMARY KEY NOT NULL,
    redacted_at TEXT NOT NULL
) STRICT;
