CREATE TABLE web_sessions (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    digest CHAR(64) NOT NULL UNIQUE,
    account BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX web_sessions_account ON web_sessions (account);
CREATE INDEX web_sessions_seen_at ON web_sessions (seen_at);

CREATE TABLE account_extras (
    account BIGINT NOT NULL PRIMARY KEY,
    parent BIGINT,
    paying BOOLEAN NOT NULL DEFAULT 0,
    read_only BOOLEAN NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Where members stand in the order in which they came.
ALTER TABLE channel_members ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
UPDATE channel_members JOIN (
    SELECT channel, account, ROW_NUMBER() OVER (PARTITION BY channel ORDER BY joined_at, account) AS place
    FROM channel_members
) AS came USING (channel, account) SET channel_members.place = came.place;
CREATE INDEX channel_members_place ON channel_members (channel, place);

CREATE TABLE canned_replies (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    account BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    title VARCHAR(255) NOT NULL,
    keyword VARCHAR(255) NOT NULL,
    content TEXT NOT NULL,
    shown BOOLEAN NOT NULL,
    weight INTEGER NOT NULL,
    chosen BOOLEAN NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX canned_replies_account ON canned_replies (account);

-- Unread messages that an account claims besides those it has not read.
ALTER TABLE conversations ADD COLUMN marked BIGINT NOT NULL DEFAULT 0;
