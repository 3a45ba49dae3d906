-- What was said under an id before is not known again: ids are remembered for a day only.
DROP TABLE client_ids;
CREATE TABLE client_ids (
    digest BIGINT NOT NULL PRIMARY KEY,
    message BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX client_ids_created_at ON client_ids (created_at);
