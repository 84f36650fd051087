-- By what entries about decisions are found. Made from the log in the background, and held against it by every check.
CREATE TABLE audit_index (
    seq       INTEGER PRIMARY KEY NOT NULL,
    decision  BLOB NOT NULL,
    object_id TEXT NOT NULL,
    verdict   TEXT NOT NULL,
    reason    TEXT NOT NULL,
    request   TEXT
) STRICT;
CREATE INDEX audit_index_by_decision ON audit_index (decision, seq);
CREATE INDEX audit_index_by_object ON audit_index (object_id, seq);
CREATE INDEX audit_index_by_reason ON audit_index (reason, seq);
CREATE INDEX audit_index_by_reason_and_verdict ON audit_index (reason, verdict, seq);
CREATE INDEX audit_index_by_verdict ON audit_index (verdict, seq);
CREATE INDEX audit_index_by_request ON audit_index (request, seq) WHERE request IS NOT NULL;
-- The first so many entries have been looked at.
CREATE TABLE audit_indexed (
    one     INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    through INTEGER NOT NULL
) STRICT;
INSERT INTO audit_indexed (one, through) VALUES (1, 0);

-- Those that came to nothing are few: an auditor who looks for them need not walk past all others.
CREATE INDEX decisions_by_end ON decisions (state) WHERE state IN ('refused', 'withdrawn', 'rejected', 'superseded');
CREATE INDEX accounts_by_reference ON accounts (reference_id) WHERE reference_id IS NOT NULL;

-- Why a second reviewer refused is a person's words as well: earlier erasures left it in the table.
UPDATE decisions SET refusal = '' WHERE subject_name = 'erased' AND comment = '' AND refusal IS NOT NULL;
