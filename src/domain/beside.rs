//! Work that another core does meanwhile, in the order in which it is given. A browser's page has only the one.

#[cfg(not(target_family = "wasm"))]
use std::{sync::mpsc::SyncSender, thread::JoinHandle};

pub(super) enum Beside<Job, Done> {
    Here(Done, fn(&mut Done, Job)),
    #[cfg(not(target_family = "wasm"))]
    There(SyncSender<Job>, JoinHandle<Done>),
}

/// Jobs that may wait before whoever gives them has to.
#[cfg(not(target_family = "wasm"))]
const WAITING: usize = 16;

impl<Job: Send + 'static, Done: Send + 'static> Beside<Job, Done> {
    /// `worth`: for a few jobs, a thread costs more than it saves.
    #[cfg_attr(target_family = "wasm", expect(unused_variables, reason = "there is one thread"))]
    pub fn new(worth: bool, name: &str, mut begin: impl FnMut() -> Done, work: fn(&mut Done, Job)) -> Self {
        #[cfg(not(target_family = "wasm"))]
        if worth {
            let (jobs, taken) = std::sync::mpsc::sync_channel::<Job>(WAITING);
            let mut done = begin();
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                taken.into_iter().for_each(|job| work(&mut done, job));
                done
            });
            // A machine that gives no more threads does it here.
            if let Ok(thread) = thread {
                return Self::There(jobs, thread);
            }
        }
        Self::Here(begin(), work)
    }

    pub fn give(&mut self, job: Job) {
        match self {
            Self::Here(done, work) => work(done, job),
            #[cfg(not(target_family = "wasm"))]
            // It takes them until the sender is gone, so this never fails.
            Self::There(jobs, _) => drop(jobs.send(job)),
        }
    }

    /// What has come of it; nothing when the thread broke off.
    pub fn end(self) -> Option<Done> {
        match self {
            Self::Here(done, _) => Some(done),
            #[cfg(not(target_family = "wasm"))]
            Self::There(jobs, thread) => {
                drop(jobs);
                thread.join().ok()
            }
        }
    }
}
