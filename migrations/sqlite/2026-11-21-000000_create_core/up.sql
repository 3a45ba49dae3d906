CREATE TABLE accounts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    email TEXT UNIQUE,
    mobile TEXT UNIQUE,
    password TEXT,
    nickname TEXT NOT NULL,
    avatar TEXT NOT NULL DEFAULT '',
    gender TEXT NOT NULL DEFAULT '',
    birth TEXT NOT NULL DEFAULT '',
    intro TEXT NOT NULL DEFAULT '',
    longitude DOUBLE NOT NULL DEFAULT 0,
    latitude DOUBLE NOT NULL DEFAULT 0,
    country TEXT NOT NULL DEFAULT '',
    province TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL DEFAULT '',
    district TEXT NOT NULL DEFAULT '',
    status SMALLINT NOT NULL DEFAULT 0,
    manager BOOLEAN NOT NULL DEFAULT 0,
    valid_from BIGINT NOT NULL DEFAULT 0,
    invite_code TEXT NOT NULL DEFAULT '',
    login_count BIGINT NOT NULL DEFAULT 0,
    last_login_at BIGINT NOT NULL DEFAULT 0,
    last_login_address TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX accounts_nickname ON accounts (nickname);
INSERT INTO sqlite_sequence (name, seq) VALUES ('accounts', 9999999);

CREATE TABLE contacts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    remark TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL DEFAULT '',
    listed BOOLEAN NOT NULL DEFAULT 0,
    blocked BOOLEAN NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (account, peer)
);
CREATE INDEX contacts_peer ON contacts (peer);

CREATE TABLE contact_requests (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    applicant BIGINT NOT NULL,
    target BIGINT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    answer TEXT NOT NULL DEFAULT '',
    status SMALLINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX contact_requests_target ON contact_requests (target, status);
CREATE INDEX contact_requests_applicant ON contact_requests (applicant, created_at);

CREATE TABLE contact_groups (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account BIGINT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (account, name)
);
CREATE TABLE contact_group_members (
    group_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    PRIMARY KEY (group_id, peer)
) WITHOUT ROWID;

CREATE TABLE channels (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    avatar TEXT NOT NULL DEFAULT '',
    intro TEXT NOT NULL DEFAULT '',
    owner BIGINT NOT NULL,
    members INTEGER NOT NULL DEFAULT 0,
    members_limit INTEGER NOT NULL DEFAULT 0,
    longitude DOUBLE NOT NULL DEFAULT 0,
    latitude DOUBLE NOT NULL DEFAULT 0,
    country TEXT NOT NULL DEFAULT '',
    province TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL DEFAULT '',
    district TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    contacts_off BOOLEAN NOT NULL DEFAULT 0,
    profiles_hidden BOOLEAN NOT NULL DEFAULT 0,
    join_closed BOOLEAN NOT NULL DEFAULT 0,
    history_open BOOLEAN NOT NULL DEFAULT 0,
    dissolved_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX channels_owner ON channels (owner, dissolved_at);
CREATE INDEX channels_name ON channels (name);

CREATE TABLE channel_members (
    channel BIGINT NOT NULL,
    account BIGINT NOT NULL,
    role SMALLINT NOT NULL DEFAULT 0,
    alias TEXT NOT NULL DEFAULT '',
    muted_until BIGINT NOT NULL DEFAULT 0,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (channel, account)
) WITHOUT ROWID;
CREATE INDEX channel_members_account ON channel_members (account);

CREATE TABLE join_requests (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel BIGINT NOT NULL,
    account BIGINT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    answer TEXT NOT NULL DEFAULT '',
    status SMALLINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX join_requests_channel ON join_requests (channel, status);

CREATE TABLE conversations (
    account BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    from_seq BIGINT NOT NULL DEFAULT 0,
    read_seq BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, conversation)
) WITHOUT ROWID;

CREATE TABLE messages (
    id INTEGER NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    sender BIGINT NOT NULL,
    dialect SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    word TEXT NOT NULL,
    content TEXT NOT NULL,
    raw TEXT,
    sealed BOOLEAN NOT NULL,
    status SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (conversation, seq)
);

CREATE TABLE client_ids (
    sender BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    message BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sender, conversation, client_id)
) WITHOUT ROWID;
CREATE INDEX client_ids_created_at ON client_ids (created_at);

CREATE TABLE mailboxes (
    account INTEGER NOT NULL PRIMARY KEY,
    delivered BIGINT NOT NULL
);

CREATE TABLE places (
    kind SMALLINT NOT NULL,
    owner BIGINT NOT NULL,
    longitude DOUBLE NOT NULL,
    latitude DOUBLE NOT NULL,
    cell TEXT NOT NULL,
    PRIMARY KEY (kind, owner)
) WITHOUT ROWID;
CREATE INDEX places_cell ON places (kind, cell);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    what TEXT NOT NULL DEFAULT '',
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE invite_codes (
    code TEXT NOT NULL PRIMARY KEY,
    uses BIGINT NOT NULL DEFAULT 0,
    locked BOOLEAN NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE signup_addresses (
    address TEXT NOT NULL PRIMARY KEY,
    signups BIGINT NOT NULL,
    counted_from BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE discovers (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    logo TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    password TEXT NOT NULL DEFAULT '',
    position INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE files (
    name TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    account BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE admins (
    name TEXT NOT NULL PRIMARY KEY,
    password TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    admin TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    before_value TEXT NOT NULL,
    after_value TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
