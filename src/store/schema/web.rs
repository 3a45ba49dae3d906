//! What came with PopIM.

diesel::table! {
    web_sessions (id) {
        id -> BigInt,
        digest -> Text,
        account -> BigInt,
        created_at -> BigInt,
        seen_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_extras (account) {
        account -> BigInt,
        parent -> Nullable<BigInt>,
        paying -> Bool,
        read_only -> Bool,
    }
}

diesel::table! {
    canned_replies (id) {
        id -> BigInt,
        account -> BigInt,
        kind -> SmallInt,
        title -> Text,
        keyword -> Text,
        content -> Text,
        shown -> Bool,
        weight -> Integer,
        chosen -> Bool,
    }
}
