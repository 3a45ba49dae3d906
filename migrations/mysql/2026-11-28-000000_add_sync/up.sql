ALTER TABLE messages ADD COLUMN quiet BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN marks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN audience TEXT;
ALTER TABLE messages ADD COLUMN client_id VARCHAR(128);
ALTER TABLE conversations ADD COLUMN cleared_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN closed_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN read_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN short_no VARCHAR(20);
CREATE UNIQUE INDEX accounts_short_no ON accounts (short_no);
ALTER TABLE channels ADD COLUMN silenced BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN invites_closed BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN pins_open BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channel_members ADD COLUMN barred BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE channel_members ADD COLUMN inviter BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channel_members ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channel_members ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN listed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- Versions need only differ within a list, and be below what the sequence goes on with.
UPDATE channels SET version = id;
UPDATE channel_members SET version = account, updated_at = joined_at;
UPDATE contacts SET listed_at = created_at, updated_at = created_at, version = peer;
CREATE INDEX channel_members_version ON channel_members (channel, version);
CREATE INDEX contacts_version ON contacts (account, version);
CREATE INDEX contacts_updated_at ON contacts (account, updated_at);

CREATE TABLE versions (
    name VARCHAR(32) NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO versions (name, value) VALUES ('records', 2147483648);

CREATE TABLE secrets (
    name VARCHAR(32) NOT NULL PRIMARY KEY,
    value VARCHAR(255) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE former_members (
    channel BIGINT NOT NULL,
    account BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    left_at BIGINT NOT NULL,
    muted_until BIGINT NOT NULL,
    barred BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (channel, account)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX former_members_version ON former_members (channel, version);

CREATE TABLE events (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    audience BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX events_audience ON events (audience, id);
CREATE INDEX events_created_at ON events (created_at);

CREATE TABLE event_cursors (
    account BIGINT NOT NULL PRIMARY KEY,
    acked BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE message_changes (
    conversation BIGINT NOT NULL,
    version BIGINT NOT NULL,
    message BIGINT NOT NULL PRIMARY KEY,
    by_account BIGINT NOT NULL,
    edited_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX message_changes_version ON message_changes (conversation, version);

CREATE TABLE reactions (
    message BIGINT NOT NULL,
    account BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    emoji VARCHAR(20) NOT NULL,
    removed BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message, account)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX reactions_version ON reactions (conversation, version);

CREATE TABLE hidden_messages (
    account BIGINT NOT NULL,
    message BIGINT NOT NULL,
    PRIMARY KEY (account, message)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE conversation_prefs (
    account BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    muted BOOLEAN NOT NULL,
    pinned BOOLEAN NOT NULL,
    saved BOOLEAN NOT NULL,
    remark VARCHAR(100) NOT NULL,
    prefs TEXT NOT NULL,
    draft TEXT NOT NULL,
    browse_seq BIGINT NOT NULL,
    keep_seq BIGINT NOT NULL,
    keep_offset BIGINT NOT NULL,
    draft_version BIGINT NOT NULL,
    PRIMARY KEY (account, conversation)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX conversation_prefs_draft ON conversation_prefs (account, draft_version);

CREATE TABLE grants (
    account BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    digest CHAR(64) NOT NULL UNIQUE,
    serial BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, kind)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE devices (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    account BIGINT NOT NULL,
    device VARCHAR(191) NOT NULL,
    name VARCHAR(191) NOT NULL,
    model VARCHAR(191) NOT NULL,
    kind SMALLINT NOT NULL,
    last_login_at BIGINT NOT NULL,
    UNIQUE (account, device)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE client_settings (
    account BIGINT NOT NULL PRIMARY KEY,
    prefs TEXT NOT NULL,
    chat_password VARCHAR(255) NOT NULL,
    push_token VARCHAR(512) NOT NULL,
    push_kind VARCHAR(32) NOT NULL,
    push_bundle VARCHAR(191) NOT NULL,
    badge INTEGER NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE favorites (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    account BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    unique_key VARCHAR(191) NOT NULL,
    author BIGINT NOT NULL,
    author_name VARCHAR(191) NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account, unique_key)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE channel_invites (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    channel BIGINT NOT NULL,
    inviter BIGINT NOT NULL,
    remark VARCHAR(191) NOT NULL,
    confirmed_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE channel_invite_items (
    invite BIGINT NOT NULL,
    account BIGINT NOT NULL,
    PRIMARY KEY (invite, account)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE reminders (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    conversation BIGINT NOT NULL,
    message BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    publisher BIGINT NOT NULL,
    account BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    withdrawn BOOLEAN NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX reminders_message ON reminders (message);
CREATE INDEX reminders_account ON reminders (account, version);

CREATE TABLE reminders_done (
    account BIGINT NOT NULL,
    reminder BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (account, reminder)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX reminders_done_reminder ON reminders_done (reminder);
