//! Who listens to which topic. Topics know no accounts: who may listen is the dialect's to decide.

use super::envelope::{Envelope, SessionId};
use super::outbox::{Farewell, Outbox};
use crate::domain::topic::{Member, Roster, Signal};
use crate::domain::{Event, time};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many members a roster names.
const NAMED: usize = 100;

/// Every topic that somebody listens to, and the sessions that are nobody's yet.
#[derive(Default)]
pub struct Topics {
    topics: DashMap<Arc<str>, Topic>,
    visitors: DashMap<SessionId, Arc<Outbox>>,
}

#[derive(Default)]
struct Topic {
    seats: HashMap<SessionId, Seat>,
    /// Who sits there, with how many sessions.
    members: BTreeMap<Arc<str>, (Member, usize)>,
}

struct Seat {
    outbox: Arc<Outbox>,
    member: Option<Arc<str>>,
}

impl Topics {
    /// How many sessions listen.
    pub fn count(&self, name: &str) -> usize {
        self.topics.get(name).map_or(0, |topic| topic.seats.len())
    }

    /// What the members are known by.
    pub fn users(&self, name: &str) -> Vec<Arc<str>> {
        let topic = self.topics.get(name);
        topic.map_or_else(Vec::new, |topic| topic.members.keys().cloned().collect())
    }

    /// The topics whose names begin so, with their sessions and members.
    pub fn names(&self, prefix: &str) -> Vec<(Arc<str>, usize, usize)> {
        let topics = self.topics.iter();
        let named = topics.filter(|topic| topic.key().starts_with(prefix));
        named
            .map(|topic| (topic.key().clone(), topic.seats.len(), topic.members.len()))
            .collect()
    }

    /// Seats a session. The others are told of a member who was not there. Who sits there already stays as they are.
    pub(super) fn join(
        &self,
        name: &Arc<str>,
        outbox: &Arc<Outbox>,
        member: Option<Member>,
    ) -> Roster {
        let mut topic = self.topics.entry(name.clone()).or_default();
        if !topic.seats.contains_key(&outbox.session) {
            topic.seat(name, outbox, member);
        }
        topic.roster()
    }

    /// Takes a session's seat away. The others are told of a member who is gone with it.
    pub(super) fn leave(&self, name: &Arc<str>, session: SessionId) {
        let Entry::Occupied(mut topic) = self.topics.entry(name.clone()) else {
            return;
        };
        topic.get_mut().unseat(name, session);
        if topic.get().seats.is_empty() {
            topic.remove();
        }
    }

    /// Tells everybody on a topic but one session.
    pub(super) fn tell(&self, signal: Signal, except: Option<SessionId>) {
        if let Some(topic) = self.topics.get(&signal.topic) {
            topic.tell(Event::Signalled(signal), except);
        }
    }

    /// Notes a session that is nobody's yet.
    pub(super) fn visit(&self, outbox: &Arc<Outbox>) {
        self.visitors.insert(outbox.session, outbox.clone());
    }

    /// Forgets one.
    pub(super) fn settle(&self, session: SessionId) {
        self.visitors.remove(&session);
    }

    pub(super) fn close_visitors(&self, farewell: Farewell) {
        self.visitors.iter().for_each(|v| v.close(farewell));
    }

    pub(super) fn cut_visitors(&self) {
        self.visitors.iter().for_each(|v| v.cutter().cut());
    }
}

impl Topic {
    fn seat(&mut self, name: &Arc<str>, outbox: &Arc<Outbox>, member: Option<Member>) {
        let id = member.as_ref().map(|member| member.id.clone());
        if let Some(member) = member {
            let known = self.members.entry(member.id.clone());
            let (_, sessions) = known.or_insert_with(|| (member.clone(), 0));
            *sessions += 1;
            if *sessions == 1 {
                let topic = name.clone();
                self.tell(Event::MemberJoined { topic, member }, None);
            }
        }
        let seat = Seat {
            outbox: outbox.clone(),
            member: id,
        };
        self.seats.insert(outbox.session, seat);
    }

    fn unseat(&mut self, name: &Arc<str>, session: SessionId) {
        let Some(id) = self.seats.remove(&session).and_then(|seat| seat.member) else {
            return;
        };
        let Some((_, sessions)) = self.members.get_mut(&id) else {
            return;
        };
        *sessions -= 1;
        if *sessions == 0 {
            self.members.remove(&id);
            let topic = name.clone();
            self.tell(Event::MemberLeft { topic, id }, None);
        }
    }

    fn roster(&self) -> Roster {
        let members = self.members.values().take(NAMED);
        Roster {
            count: self.members.len(),
            members: members.map(|(member, _)| member.clone()).collect(),
        }
    }

    fn tell(&self, event: Event, except: Option<SessionId>) {
        let envelope = Arc::new(Envelope::new(event, time::now()));
        for (session, seat) in &self.seats {
            if Some(*session) != except {
                seat.outbox.push(&envelope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::outbox::{Limits, Outgoing};
    use futures_util::{FutureExt, StreamExt};

    fn session(number: u64) -> Arc<Outbox> {
        let limits = Limits {
            frames: 100,
            bytes: 1 << 20,
        };
        let outbox = Outbox::new(SessionId(number), None, None, limits, Arc::default());
        assert!(outbox.go_live());
        Arc::new(outbox)
    }

    fn member(id: &str) -> Option<Member> {
        Some(Member {
            id: id.into(),
            info: "{}".into(),
        })
    }

    fn signal(topic: &Arc<str>) -> Signal {
        Signal {
            topic: topic.clone(),
            event: "client-hint".into(),
            data: "{}".into(),
            from: None,
            skip: None,
        }
    }

    fn heard(outbox: &Arc<Outbox>) -> Vec<Event> {
        let next = Outgoing(outbox.clone()).next().now_or_never().flatten();
        let heard = next.unwrap_or_default();
        heard.iter().map(|told| told.event.clone()).collect()
    }

    #[test]
    fn what_is_said_reaches_whoever_listens_but_the_one_who_says_it() {
        let (topics, room) = (Topics::default(), Arc::from("room"));
        let [ann, bob, cid] = [1, 2, 3].map(session);
        topics.join(&room, &ann, None);
        topics.join(&room, &bob, None);
        topics.join(&Arc::from("elsewhere"), &cid, None);
        topics.tell(signal(&room), Some(ann.session));
        assert_eq!(heard(&bob), [Event::Signalled(signal(&room))]);
        assert!(heard(&ann).is_empty() && heard(&cid).is_empty());
        topics.leave(&room, bob.session);
        topics.tell(signal(&room), None);
        assert!(heard(&bob).is_empty());
        assert_eq!(topics.count("room"), 1);
    }

    #[test]
    fn a_member_comes_with_their_first_session_and_goes_with_their_last() {
        let (topics, room) = (Topics::default(), Arc::<str>::from("room"));
        let [ann, web, phone] = [1, 2, 3].map(session);
        assert_eq!(topics.join(&room, &ann, member("ann")).count, 1);
        assert_eq!(topics.join(&room, &web, member("bob")).count, 2);
        assert_eq!(topics.join(&room, &phone, member("bob")).count, 2);
        let topic = room.clone();
        let member = member("bob").unwrap();
        assert_eq!(heard(&ann), [Event::MemberJoined { topic, member }]);
        topics.leave(&room, web.session);
        assert!(heard(&ann).is_empty());
        topics.leave(&room, phone.session);
        let (topic, id) = (room.clone(), "bob".into());
        assert_eq!(heard(&ann), [Event::MemberLeft { topic, id }]);
        assert_eq!(topics.users("room"), ["ann".into()]);
    }

    #[test]
    fn whoever_listens_already_is_seated_once() {
        let (topics, room) = (Topics::default(), Arc::<str>::from("room"));
        let ann = session(1);
        topics.join(&room, &ann, member("ann"));
        assert_eq!(topics.join(&room, &ann, member("ann")).count, 1);
        topics.tell(signal(&room), None);
        assert_eq!(heard(&ann).len(), 1);
        topics.leave(&room, ann.session);
        topics.leave(&room, ann.session);
        assert_eq!(topics.names(""), []);
    }

    #[test]
    fn a_roster_names_the_first_and_counts_all() {
        let (topics, room) = (Topics::default(), Arc::<str>::from("room"));
        for number in 0..150 {
            let id = format!("{number:03}");
            topics.join(&room, &session(number), member(&id));
        }
        let roster = topics.join(&room, &session(0), None);
        assert_eq!((roster.count, roster.members.len()), (150, NAMED));
        assert_eq!(&*roster.members[0].id, "000");
    }
}
