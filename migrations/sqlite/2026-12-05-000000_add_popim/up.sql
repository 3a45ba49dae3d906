CREATE TABLE web_sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    account BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX web_sessions_account ON web_sessions (account);
CREATE INDEX web_sessions_seen_at ON web_sessions (seen_at);

CREATE TABLE account_extras (
    account INTEGER NOT NULL PRIMARY KEY,
    parent BIGINT,
    paying BOOLEAN NOT NULL DEFAULT 0,
    read_only BOOLEAN NOT NULL DEFAULT 0
);

-- Where members stand in the order in which they came.
ALTER TABLE channel_members ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
UPDATE channel_members SET place = came.place FROM (
    SELECT channel, account, ROW_NUMBER() OVER (PARTITION BY channel ORDER BY joined_at, account) AS place
    FROM channel_members
) AS came WHERE came.channel = channel_members.channel AND came.account = channel_members.account;
CREATE INDEX channel_members_place ON channel_members (channel, place);

CREATE TABLE canned_replies (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    title TEXT NOT NULL,
    keyword TEXT NOT NULL,
    content TEXT NOT NULL,
    shown BOOLEAN NOT NULL,
    weight INTEGER NOT NULL,
    chosen BOOLEAN NOT NULL
);
CREATE INDEX canned_replies_account ON canned_replies (account);

-- Unread messages that an account claims besides those it has not read.
ALTER TABLE conversations ADD COLUMN marked BIGINT NOT NULL DEFAULT 0;
