//! Topics: names that live sessions listen to. What is said on one reaches whoever listens at the time, and is kept by nobody.

use std::sync::Arc;

/// Who is on a topic, as the others see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What they are known by there.
    pub id: Arc<str>,
    /// What else the others are told of them, in the dialect's own writing.
    pub info: Arc<str>,
}

/// Who is on a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// How many they are.
    pub count: usize,
    /// The first of them.
    pub members: Vec<Member>,
}

/// Something said on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Where.
    pub topic: Arc<str>,
    /// What it is called.
    pub event: Arc<str>,
    /// What it says, in the dialect's own writing.
    pub data: Arc<str>,
    /// The member who says it, where it is one.
    pub from: Option<Arc<str>>,
    /// What the dialect calls the connection that is not told, if there is one.
    pub skip: Option<Arc<str>>,
}
