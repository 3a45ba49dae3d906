DROP TABLE client_ids;
CREATE TABLE client_ids (
    sender BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    message BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sender, conversation, client_id)
) WITHOUT ROWID;
CREATE INDEX client_ids_created_at ON client_ids (created_at);
