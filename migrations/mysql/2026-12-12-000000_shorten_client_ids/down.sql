DROP TABLE client_ids;
CREATE TABLE client_ids (
    sender BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    client_id VARBINARY(256) NOT NULL,
    message BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sender, conversation, client_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX client_ids_created_at ON client_ids (created_at);
