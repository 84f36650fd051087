-- A sample of decisions is judged once more by somebody who does not know the first verdict.
CREATE TABLE blind_reviews (
    decision_id   UUID PRIMARY KEY NOT NULL REFERENCES decisions (id),
    inquiry_id    TEXT NOT NULL,
    first_id      UUID NOT NULL REFERENCES reviewers (id),
    drawn_at      TIMESTAMPTZ NOT NULL,
    -- Whoever reads it now; nobody else is dealt it until then.
    taken_by      UUID REFERENCES reviewers (id),
    taken_until   TIMESTAMPTZ,
    reviewer_id   UUID REFERENCES reviewers (id),
    reviewer_name TEXT,
    verdict       TEXT CHECK (verdict IN ('approve', 'decline', 'mark-for-review')),
    reason        TEXT,
    comment       TEXT NOT NULL DEFAULT '',
    -- They had opened the inquiry since it was decided, where the verdict stands: such a pair does not count.
    knew          BIGINT,
    given_at      TIMESTAMPTZ,
    CHECK (taken_by IS NULL OR taken_by <> first_id),
    CHECK (reviewer_id IS NULL OR reviewer_id <> first_id),
    CHECK ((given_at IS NULL) = (reviewer_id IS NULL) AND (given_at IS NULL) = (verdict IS NULL))
);
CREATE INDEX blind_reviews_open ON blind_reviews (drawn_at) WHERE given_at IS NULL;
CREATE INDEX blind_reviews_given ON blind_reviews (given_at) WHERE given_at IS NOT NULL;
CREATE INDEX blind_reviews_by_inquiry ON blind_reviews (inquiry_id);
