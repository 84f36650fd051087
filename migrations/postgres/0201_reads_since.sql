-- Since when a delivery could be sent, but for what is being read: what comes long after that does not hold it up.
ALTER TABLE deliveries ADD COLUMN reads_since timestamptz;
