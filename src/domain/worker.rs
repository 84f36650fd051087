//! A worker thread that processes jobs in order, in parallel to its caller. A browser's page has only one thread, so
//! jobs run there at once.

#[cfg(not(target_family = "wasm"))]
use std::{sync::mpsc::SyncSender, thread::JoinHandle};

pub(super) enum Worker<Job, Done> {
    Here(Done, fn(&mut Done, Job)),
    #[cfg(not(target_family = "wasm"))]
    There(SyncSender<Job>, JoinHandle<Done>),
}

/// The number of jobs that may wait before the caller has to wait.
#[cfg(not(target_family = "wasm"))]
const WAITING: usize = 16;

impl<Job: Send + 'static, Done: Send + 'static> Worker<Job, Done> {
    /// `worth` says whether a thread pays off: for a few jobs, it costs more than it saves.
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
            // When the system gives no thread, the jobs run here.
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
            // The thread takes jobs until the sender is gone, so this never fails.
            Self::There(jobs, _) => drop(jobs.send(job)),
        }
    }

    /// Returns the result; `None` when the thread panicked.
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
