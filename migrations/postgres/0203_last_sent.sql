-- When a delivery was sent last: one that nobody answered can still arrive for a while.
ALTER TABLE deliveries ADD COLUMN last_sent_at timestamptz;
