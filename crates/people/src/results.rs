//! What an application asked to see of its members, until it fetches it: who it is about, in memory only.

use std::collections::HashMap;

use outis_event::Timestamp;
use outis_keys::KeyName;
use parking_lot::Mutex;

/// How long they can be fetched.
const LIFE_MS: i64 = 24 * 3_600_000;
/// Most requests at a time; the oldest go first.
const MOST_REQUESTS: usize = 1_000;

/// Requests by a number that whoever asked gave them. Nothing of this is written: after a restart it is asked again.
#[derive(Default)]
pub(crate) struct Results(Mutex<HashMap<[u8; 16], Until>>);

/// Whom a request is about, and until when that is known.
type Until = (Vec<KeyName>, Timestamp);

impl Results {
    pub(crate) fn put(&self, request: [u8; 16], about: Vec<KeyName>, now: Timestamp) {
        let mut all = self.0.lock();
        all.retain(|_, (_, until)| *until > now);
        if all.len() >= MOST_REQUESTS {
            let oldest = all.iter().min_by_key(|(_, (_, until))| *until).map(|(request, _)| *request);
            oldest.map(|request| all.remove(&request));
        }
        all.insert(request, (about, now.plus_ms(LIFE_MS)));
    }

    pub(crate) fn of(&self, request: &[u8; 16], now: Timestamp) -> Option<Vec<KeyName>> {
        self.0.lock().get(request).filter(|(_, until)| *until > now).map(|(about, _)| about.clone())
    }

    /// Nothing leads to a member any more.
    pub(crate) fn withdraw(&self, name: KeyName) {
        self.0.lock().values_mut().for_each(|(about, _)| about.retain(|of| *of != name));
    }
}

#[cfg(test)]
mod tests {
    use outis_keys::Purpose;

    use super::*;

    #[test]
    fn results_are_there_for_a_day_and_not_of_who_is_forgotten() {
        let name = |n: u8| KeyName { purpose: Purpose::Member, label: [n; 16] };
        let results = Results::default();
        results.put([7; 16], vec![name(1), name(2)], Timestamp(0));
        assert_eq!(results.of(&[8; 16], Timestamp(1)), None);
        results.withdraw(name(1));
        assert_eq!(results.of(&[7; 16], Timestamp(1)), Some(vec![name(2)]));
        assert_eq!(results.of(&[7; 16], Timestamp(LIFE_MS)), None);
        for n in 0..MOST_REQUESTS as u128 + 5 {
            results.put(n.to_be_bytes(), Vec::new(), Timestamp(2));
        }
        assert_eq!(results.0.lock().len(), MOST_REQUESTS);
    }
}
