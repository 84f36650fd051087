-- The most urgent delivery is found without looking at all that wait, however many they are.
CREATE INDEX deliveries_next ON deliveries ((CASE WHEN decision_id IS NULL THEN 1 ELSE 0 END), created_at, id)
    WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_in_flight ON deliveries (subject_id) WHERE state = 'sending';
