-- Digests of values that must not be read are keyed: a plain hash of a telephone number is found by trying all numbers. What is stored
-- already is keyed by the program when it opens the database next.
CREATE TABLE digest_key (
    one      INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    key      BLOB NOT NULL CHECK (length(key) = 32),
    upgraded INTEGER NOT NULL CHECK (upgraded IN (0, 1))
) STRICT;
INSERT INTO digest_key (one, key, upgraded) VALUES (1, randomblob(32), 0);

-- The label of an address was its first line.
UPDATE account_attributes SET label = 'address ••••' WHERE kind = 'address';
