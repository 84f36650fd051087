-- Counts what Persona told of changes to these relations: a read that began before the last of them is none after it.
ALTER TABLE relation_crawls ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
