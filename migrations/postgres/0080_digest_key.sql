-- Digests of values that must not be read are keyed: a plain hash of a telephone number is found by trying all numbers. What is stored
-- already is keyed by the program when it opens the database next.
CREATE TABLE digest_key (
    one      BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    key      BYTEA NOT NULL CHECK (octet_length(key) = 32),
    upgraded BIGINT NOT NULL CHECK (upgraded IN (0, 1))
);
INSERT INTO digest_key (one, key, upgraded) VALUES (1, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'), 0);

-- The label of an address was its first line.
UPDATE account_attributes SET label = 'address ••••' WHERE kind = 'address';
