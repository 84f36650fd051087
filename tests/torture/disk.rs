//! R10: for a while the disk is full, or returns errors. The desk never acknowledges data that it has not stored,
//! reading continues, and the desk recovers without help when the disk does.
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use persona_sandbox as sandbox;
use reqwest::StatusCode;

use crate::desk::{On, Torture};
use crate::{Draw, count};

/// System calls that fail, with their error: no space when writing, a disk error when writing, a disk error when
/// syncing.
const FAULTS: [(&str, &str); 3] = [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fsync,fdatasync", "EIO")];

/// While this value exists, strace makes calls to the desk's files fail.
struct Broken(Child);

impl Broken {
    async fn begin(desk: &Torture, calls: &str, error: &str, when: &str, to: &str) -> Self {
        let id = desk.id(0);
        let files = ["desk.db", "desk.db-wal"].map(|name| desk.folder().join(name).display().to_string());
        let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:error={error}:when={when}"));
        let child = Command::new("strace")
            .args(["-f", "-p", &id.to_string(), "-P", &files[0], "-P", &files[1]])
            .args(["-e", &trace, "-e", &inject, "-A", "-o", to])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while !watched(id) {
            assert!(began.elapsed() < Duration::from_secs(10), "strace does not come to watch the desk");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self(child)
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// Whether strace watches all threads of the process.
fn watched(id: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).unwrap();
    threads.flatten().all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_or_broken_disk_makes_nobody_believe_in_what_is_not_kept() {
    let runs = count("DISK_RUNS", 12);
    let mut draw = Draw::new(count("TORTURE_SEED", 1));
    let inquiries = u32::try_from(runs * 80 + 200).unwrap();
    let mut desk = Torture::new(On::Sqlite, 1, inquiries, sandbox::Options::default()).await;
    desk.start(0).await;
    desk.sign_in().await;
    let mut waiting = desk.waiting().await;
    let to = desk.folder().join("faults").display().to_string();
    let (mut said, mut refused, mut read, mut slowest) = (Vec::new(), 0, 0, Duration::ZERO);
    for run in 0..runs {
        let (calls, error) = FAULTS[usize::try_from(run % 3).unwrap()];
        // One call, some calls at regular intervals, or all calls from the first one on.
        let first = 1 + draw.below(20);
        let when = match draw.below(3) {
            0 => first.to_string(),
            1 => format!("{first}+{}", 2 + draw.below(9)),
            _ => format!("{first}+"),
        };
        let broken = Broken::begin(&desk, calls, error, &when, &to).await;
        for n in 0..10 {
            let reviewer = desk.reviewer(n % 4);
            let answer = reviewer.decide(&desk.url(0), &waiting.pop().expect("enough inquiries"), "approve").await;
            let status = answer.status.expect("an answer");
            if status != StatusCode::OK {
                // A view that could not be recorded does not count as a view.
                let unopened = answer.body["Refused"] == "NotOpened";
                assert!(status.is_server_error() || unopened, "{status}: {}", answer.body);
                refused += 1;
                // Stored data can still be read while nothing can be written.
                let page = reviewer.open(&desk.url(0), "/queue").await;
                assert_eq!(page.unwrap(), StatusCode::OK, "the queue, {calls} {error} at {when}");
                read += 1;
            }
            said.push(answer);
        }
        drop(broken);
        let began = Instant::now();
        loop {
            let answer =
                desk.reviewer(0).decide(&desk.url(0), &waiting.pop().expect("enough inquiries"), "decline").await;
            let well = answer.status == Some(StatusCode::OK);
            said.push(answer);
            if well {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "{calls} {error} at {when}: the desk does not get well");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slowest = slowest.max(began.elapsed());
    }
    let injected = std::fs::read_to_string(&to).unwrap().matches("(INJECTED)").count();
    desk.drained().await;
    let made = desk.agree(&said).await;
    desk.kill(0);
    let whole = desk.integrity();
    println!(
        "{runs} times a full or broken disk, {injected} calls failed: {} asked, {refused} refused, {read} pages read meanwhile, {made} decisions, each once; well again within {} ms; the database is {whole}",
        said.len(),
        slowest.as_millis()
    );
    assert_eq!(whole, "ok");
    assert!(refused > 0 && injected > 0, "the faults met nothing");
}
