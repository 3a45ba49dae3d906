CREATE TABLE accounts (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    name VARCHAR(191) NOT NULL UNIQUE,
    email VARCHAR(100) UNIQUE,
    mobile VARCHAR(50) UNIQUE,
    password VARCHAR(255),
    nickname VARCHAR(191) NOT NULL,
    avatar VARCHAR(500) NOT NULL DEFAULT '',
    gender VARCHAR(10) NOT NULL DEFAULT '',
    birth VARCHAR(100) NOT NULL DEFAULT '',
    intro VARCHAR(1000) NOT NULL DEFAULT '',
    longitude DOUBLE NOT NULL DEFAULT 0,
    latitude DOUBLE NOT NULL DEFAULT 0,
    country VARCHAR(50) NOT NULL DEFAULT '',
    province VARCHAR(50) NOT NULL DEFAULT '',
    city VARCHAR(50) NOT NULL DEFAULT '',
    district VARCHAR(50) NOT NULL DEFAULT '',
    status SMALLINT NOT NULL DEFAULT 0,
    manager BOOLEAN NOT NULL DEFAULT 0,
    valid_from BIGINT NOT NULL DEFAULT 0,
    invite_code VARCHAR(50) NOT NULL DEFAULT '',
    login_count BIGINT NOT NULL DEFAULT 0,
    last_login_at BIGINT NOT NULL DEFAULT 0,
    last_login_address VARCHAR(64) NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) AUTO_INCREMENT = 10000000 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX accounts_nickname ON accounts (nickname);

CREATE TABLE contacts (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    account BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    remark VARCHAR(100) NOT NULL DEFAULT '',
    label VARCHAR(1000) NOT NULL DEFAULT '',
    listed BOOLEAN NOT NULL DEFAULT 0,
    blocked BOOLEAN NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (account, peer)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX contacts_peer ON contacts (peer);

CREATE TABLE contact_requests (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    applicant BIGINT NOT NULL,
    target BIGINT NOT NULL,
    reason VARCHAR(100) NOT NULL DEFAULT '',
    answer VARCHAR(100) NOT NULL DEFAULT '',
    status SMALLINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX contact_requests_target ON contact_requests (target, status);
CREATE INDEX contact_requests_applicant ON contact_requests (applicant, created_at);

CREATE TABLE contact_groups (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    account BIGINT NOT NULL,
    name VARCHAR(191) NOT NULL,
    UNIQUE (account, name)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE contact_group_members (
    group_id BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    PRIMARY KEY (group_id, peer)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE channels (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    name VARCHAR(191) NOT NULL,
    avatar VARCHAR(500) NOT NULL DEFAULT '',
    intro VARCHAR(1000) NOT NULL DEFAULT '',
    owner BIGINT NOT NULL,
    members INTEGER NOT NULL DEFAULT 0,
    members_limit INTEGER NOT NULL DEFAULT 0,
    longitude DOUBLE NOT NULL DEFAULT 0,
    latitude DOUBLE NOT NULL DEFAULT 0,
    country VARCHAR(50) NOT NULL DEFAULT '',
    province VARCHAR(50) NOT NULL DEFAULT '',
    city VARCHAR(50) NOT NULL DEFAULT '',
    district VARCHAR(50) NOT NULL DEFAULT '',
    address TEXT NOT NULL,
    contacts_off BOOLEAN NOT NULL DEFAULT 0,
    profiles_hidden BOOLEAN NOT NULL DEFAULT 0,
    join_closed BOOLEAN NOT NULL DEFAULT 0,
    history_open BOOLEAN NOT NULL DEFAULT 0,
    dissolved_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX channels_owner ON channels (owner, dissolved_at);
CREATE INDEX channels_name ON channels (name);

CREATE TABLE channel_members (
    channel BIGINT NOT NULL,
    account BIGINT NOT NULL,
    role SMALLINT NOT NULL DEFAULT 0,
    alias VARCHAR(50) NOT NULL DEFAULT '',
    muted_until BIGINT NOT NULL DEFAULT 0,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (channel, account)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX channel_members_account ON channel_members (account);

CREATE TABLE join_requests (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    channel BIGINT NOT NULL,
    account BIGINT NOT NULL,
    reason VARCHAR(100) NOT NULL DEFAULT '',
    answer VARCHAR(100) NOT NULL DEFAULT '',
    status SMALLINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX join_requests_channel ON join_requests (channel, status);

CREATE TABLE conversations (
    account BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    from_seq BIGINT NOT NULL DEFAULT 0,
    read_seq BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, conversation)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE messages (
    id BIGINT NOT NULL PRIMARY KEY,
    conversation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    sender BIGINT NOT NULL,
    dialect SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    word VARCHAR(50) NOT NULL,
    content MEDIUMTEXT NOT NULL,
    raw MEDIUMTEXT,
    sealed BOOLEAN NOT NULL,
    status SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (conversation, seq)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE client_ids (
    sender BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    client_id VARBINARY(256) NOT NULL,
    message BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sender, conversation, client_id)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX client_ids_created_at ON client_ids (created_at);

CREATE TABLE mailboxes (
    account BIGINT NOT NULL PRIMARY KEY,
    delivered BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE places (
    kind SMALLINT NOT NULL,
    owner BIGINT NOT NULL,
    longitude DOUBLE NOT NULL,
    latitude DOUBLE NOT NULL,
    cell VARCHAR(16) NOT NULL,
    PRIMARY KEY (kind, owner)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX places_cell ON places (kind, cell);

CREATE TABLE settings (
    name VARCHAR(191) NOT NULL PRIMARY KEY,
    value VARCHAR(2000) NOT NULL,
    what VARCHAR(2000) NOT NULL DEFAULT '',
    updated_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE invite_codes (
    code VARCHAR(50) NOT NULL PRIMARY KEY,
    uses BIGINT NOT NULL DEFAULT 0,
    locked BOOLEAN NOT NULL DEFAULT 0,
    note VARCHAR(1000) NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE signup_addresses (
    address VARCHAR(64) NOT NULL PRIMARY KEY,
    signups BIGINT NOT NULL,
    counted_from BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE discovers (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    name VARCHAR(191) NOT NULL,
    logo VARCHAR(1000) NOT NULL DEFAULT '',
    url VARCHAR(1000) NOT NULL DEFAULT '',
    password VARCHAR(255) NOT NULL DEFAULT '',
    position INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE files (
    name VARCHAR(191) NOT NULL PRIMARY KEY,
    hash VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    media_type VARCHAR(100) NOT NULL,
    account BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE admins (
    name VARCHAR(191) NOT NULL PRIMARY KEY,
    password VARCHAR(255) NOT NULL,
    valid_from BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    admin VARCHAR(100) NOT NULL,
    address VARCHAR(64) NOT NULL,
    action VARCHAR(100) NOT NULL,
    target VARCHAR(191) NOT NULL,
    before_value TEXT NOT NULL,
    after_value TEXT NOT NULL,
    created_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
