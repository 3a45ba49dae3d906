//! The tables as diesel sees them; the same on both backends.

#![allow(missing_docs)]

mod web;

pub use web::*;

diesel::table! {
    accounts (id) {
        id -> BigInt,
        name -> Text,
        email -> Nullable<Text>,
        mobile -> Nullable<Text>,
        password -> Nullable<Text>,
        nickname -> Text,
        avatar -> Text,
        gender -> Text,
        birth -> Text,
        intro -> Text,
        longitude -> Double,
        latitude -> Double,
        country -> Text,
        province -> Text,
        city -> Text,
        district -> Text,
        status -> SmallInt,
        manager -> Bool,
        valid_from -> BigInt,
        invite_code -> Text,
        login_count -> BigInt,
        last_login_at -> BigInt,
        last_login_address -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        short_no -> Nullable<Text>,
    }
}

diesel::table! {
    contacts (id) {
        id -> BigInt,
        account -> BigInt,
        peer -> BigInt,
        remark -> Text,
        label -> Text,
        listed -> Bool,
        blocked -> Bool,
        created_at -> BigInt,
        listed_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    contact_requests (id) {
        id -> BigInt,
        applicant -> BigInt,
        target -> BigInt,
        reason -> Text,
        answer -> Text,
        status -> SmallInt,
        created_at -> BigInt,
        answered_at -> BigInt,
    }
}

diesel::table! {
    contact_groups (id) {
        id -> BigInt,
        account -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    contact_group_members (group_id, peer) {
        group_id -> BigInt,
        peer -> BigInt,
    }
}

diesel::table! {
    channels (id) {
        id -> BigInt,
        name -> Text,
        avatar -> Text,
        intro -> Text,
        owner -> BigInt,
        members -> Integer,
        members_limit -> Integer,
        longitude -> Double,
        latitude -> Double,
        country -> Text,
        province -> Text,
        city -> Text,
        district -> Text,
        address -> Text,
        contacts_off -> Bool,
        profiles_hidden -> Bool,
        join_closed -> Bool,
        history_open -> Bool,
        dissolved_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        silenced -> Bool,
        invites_closed -> Bool,
        pins_open -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    channel_members (channel, account) {
        channel -> BigInt,
        account -> BigInt,
        role -> SmallInt,
        alias -> Text,
        muted_until -> BigInt,
        joined_at -> BigInt,
        barred -> Bool,
        inviter -> BigInt,
        version -> BigInt,
        updated_at -> BigInt,
        place -> BigInt,
    }
}

diesel::table! {
    join_requests (id) {
        id -> BigInt,
        channel -> BigInt,
        account -> BigInt,
        reason -> Text,
        answer -> Text,
        status -> SmallInt,
        created_at -> BigInt,
        answered_at -> BigInt,
    }
}

diesel::table! {
    conversations (account, conversation) {
        account -> BigInt,
        conversation -> BigInt,
        from_seq -> BigInt,
        read_seq -> BigInt,
        created_at -> BigInt,
        cleared_seq -> BigInt,
        closed_seq -> BigInt,
        read_version -> BigInt,
        marked -> BigInt,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        conversation -> BigInt,
        seq -> BigInt,
        sender -> BigInt,
        dialect -> SmallInt,
        kind -> SmallInt,
        word -> Text,
        content -> Text,
        raw -> Nullable<Text>,
        sealed -> Bool,
        status -> SmallInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        quiet -> Bool,
        marks -> BigInt,
        audience -> Nullable<Text>,
        client_id -> Nullable<Text>,
    }
}

diesel::table! {
    client_ids (digest) {
        digest -> BigInt,
        message -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    mailboxes (account) {
        account -> BigInt,
        delivered -> BigInt,
    }
}

diesel::table! {
    places (kind, owner) {
        kind -> SmallInt,
        owner -> BigInt,
        longitude -> Double,
        latitude -> Double,
        cell -> Text,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
        what -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    invite_codes (code) {
        code -> Text,
        uses -> BigInt,
        locked -> Bool,
        note -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    signup_addresses (address) {
        address -> Text,
        signups -> BigInt,
        counted_from -> BigInt,
        locked_until -> BigInt,
    }
}

diesel::table! {
    discovers (id) {
        id -> BigInt,
        name -> Text,
        logo -> Text,
        url -> Text,
        password -> Text,
        position -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    files (name) {
        name -> Text,
        hash -> Text,
        size -> BigInt,
        media_type -> Text,
        account -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    admins (name) {
        name -> Text,
        password -> Text,
        valid_from -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        admin -> Text,
        address -> Text,
        action -> Text,
        target -> Text,
        before_value -> Text,
        after_value -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    versions (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    secrets (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    former_members (channel, account) {
        channel -> BigInt,
        account -> BigInt,
        joined_at -> BigInt,
        left_at -> BigInt,
        muted_until -> BigInt,
        barred -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    events (id) {
        id -> BigInt,
        audience -> BigInt,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    event_cursors (account) {
        account -> BigInt,
        acked -> BigInt,
    }
}

diesel::table! {
    message_changes (message) {
        conversation -> BigInt,
        version -> BigInt,
        message -> BigInt,
        by_account -> BigInt,
        edited_at -> BigInt,
    }
}

diesel::table! {
    reactions (message, account) {
        message -> BigInt,
        account -> BigInt,
        conversation -> BigInt,
        emoji -> Text,
        removed -> Bool,
        version -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    hidden_messages (account, message) {
        account -> BigInt,
        message -> BigInt,
    }
}

diesel::table! {
    conversation_prefs (account, conversation) {
        account -> BigInt,
        conversation -> BigInt,
        muted -> Bool,
        pinned -> Bool,
        saved -> Bool,
        remark -> Text,
        prefs -> Text,
        draft -> Text,
        browse_seq -> BigInt,
        keep_seq -> BigInt,
        keep_offset -> BigInt,
        draft_version -> BigInt,
    }
}

diesel::table! {
    grants (account, kind) {
        account -> BigInt,
        kind -> SmallInt,
        digest -> Text,
        serial -> BigInt,
        issued_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    devices (id) {
        id -> BigInt,
        account -> BigInt,
        device -> Text,
        name -> Text,
        model -> Text,
        kind -> SmallInt,
        last_login_at -> BigInt,
    }
}

diesel::table! {
    client_settings (account) {
        account -> BigInt,
        prefs -> Text,
        chat_password -> Text,
        push_token -> Text,
        push_kind -> Text,
        push_bundle -> Text,
        badge -> Integer,
    }
}

diesel::table! {
    favorites (id) {
        id -> BigInt,
        account -> BigInt,
        kind -> SmallInt,
        unique_key -> Text,
        author -> BigInt,
        author_name -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    channel_invites (id) {
        id -> BigInt,
        channel -> BigInt,
        inviter -> BigInt,
        remark -> Text,
        confirmed_at -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    channel_invite_items (invite, account) {
        invite -> BigInt,
        account -> BigInt,
    }
}

diesel::table! {
    reminders (id) {
        id -> BigInt,
        conversation -> BigInt,
        message -> BigInt,
        seq -> BigInt,
        publisher -> BigInt,
        account -> BigInt,
        version -> BigInt,
        created_at -> BigInt,
        withdrawn -> Bool,
    }
}

diesel::table! {
    reminders_done (account, reminder) {
        account -> BigInt,
        reminder -> BigInt,
        version -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    contacts,
    contact_requests,
    contact_groups,
    contact_group_members,
    channels,
    channel_members,
    join_requests,
    conversations,
    messages,
    client_ids,
    mailboxes,
    places,
    settings,
    invite_codes,
    signup_addresses,
    discovers,
    files,
    admins,
    audit,
    versions,
    secrets,
    former_members,
    events,
    event_cursors,
    message_changes,
    reactions,
    hidden_messages,
    conversation_prefs,
    grants,
    devices,
    client_settings,
    favorites,
    channel_invites,
    channel_invite_items,
    reminders,
    reminders_done,
    web_sessions,
    account_extras,
    canned_replies
);
