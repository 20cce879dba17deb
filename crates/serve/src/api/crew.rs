//! The threads that questions are answered on, and the processors they may use.
//!
//! An acknowledgement waits for a disk, and a disk's answer for threads of the kernel, some of them bound to one processor. These
//! stand behind whoever runs there, however willing to give way, so while events come one processor is left to them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::thread::{CpuSet, Pid, gettid, sched_getaffinity, sched_setaffinity};
use thread_priority::ThreadPriority;
use thread_priority::unix::{
    NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};

/// How much more willingly than others these threads give way (`nice`), where they cannot do so at once.
const NICENESS: i32 = 19;

/// The threads that run.
#[derive(Default)]
pub(super) struct Crew(Mutex<Members>);

#[derive(Default)]
struct Members {
    threads: Vec<Pid>,
    aside: bool,
}

impl Crew {
    /// The calling thread joins, and gives way from now on. On Linux all of it is about this thread only.
    pub(super) fn join(&self) {
        // Where it is refused, questions and events share alike.
        let _ = rustix::process::nice(NICENESS);
        // `SCHED_IDLE`: who wakes up need not wait for the end of this thread's slice, which lasts some milliseconds.
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
        let mut members = self.members();
        members.threads.push(gettid());
        if members.aside {
            put(gettid(), true);
        }
    }

    /// The calling thread ends.
    pub(super) fn leave(&self) {
        self.members().threads.retain(|thread| *thread != gettid());
    }

    /// Keeps the threads off a processor, or lets them use all again.
    pub(super) fn stand_aside(&self, aside: bool) {
        let mut members = self.members();
        if members.aside != aside {
            members.aside = aside;
            members.threads.iter().for_each(|thread| put(*thread, aside));
        }
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a thread all processors that this process may use, or all but one. Where that is refused, it stays where it is.
fn put(thread: Pid, aside: bool) {
    let Ok(mut processors) = sched_getaffinity(Some(rustix::process::getpid())) else { return };
    let first = (0..CpuSet::MAX_CPU).find(|number| processors.is_set(*number));
    if let (true, Some(first)) = (aside && processors.count() > 1, first) {
        processors.unset(first);
    }
    let _ = sched_setaffinity(Some(thread), &processors);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;

    fn processors() -> u32 {
        sched_getaffinity(None).expect("told").count()
    }

    #[test]
    fn one_processor_is_left_to_others_for_as_long_as_it_is_asked_for() {
        let all = processors();
        let less = (all - 1).max(1);
        let (crew, turn) = (Arc::new(Crew::default()), Arc::new(Barrier::new(2)));
        crew.stand_aside(true);
        let thread = std::thread::spawn({
            let (crew, turn) = (crew.clone(), turn.clone());
            move || {
                crew.join();
                let joined = processors();
                turn.wait();
                turn.wait();
                let after = processors();
                crew.leave();
                (joined, after)
            }
        });
        turn.wait();
        crew.stand_aside(false);
        turn.wait();
        assert_eq!(thread.join().expect("ran"), (less, all));
        assert_eq!(processors(), all, "no other thread is moved");
        assert!(crew.members().threads.is_empty());
    }
}
