//! Identity of this process, so that another process on the same machine can tell whether it still runs.
use std::fs;

/// Name of the machine, for people to read.
pub fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

/// Identity of this process. The number and the start of a process are only comparable on one machine, since its last
/// boot, in one container.
pub fn own() -> String {
    let pid = std::process::id();
    format!("{} {pid} {}", place(), started(pid).unwrap_or_default())
}

fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default();
    format!("{}/{space}", boot.trim())
}

/// When a process started, in ticks since boot; `None` when there is no such process.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may contain spaces and brackets.
    let rest = stat.rsplit_once(')')?.1;
    // A zombie has ended and only waits for its parent to notice.
    let mut fields = rest.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

/// Whether a process has ended; `None` when that cannot be determined from here.
pub fn has_ended(process: &str) -> Option<bool> {
    let mut parts = process.rsplitn(3, ' ');
    let (began, pid, where_) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    if where_ != place() || began.is_empty() || where_.len() < 10 {
        return None;
    }
    Some(started(pid).as_deref() != Some(began))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_to_run_and_known_to_have_ended() {
        assert_eq!(has_ended(&own()), Some(false));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = child.id();
        let theirs = format!("{} {pid} {}", place(), started(pid).unwrap());
        assert_eq!(has_ended(&theirs), Some(false));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(has_ended(&theirs), Some(true));
        // The number belongs to another process now, or the process was on another machine.
        assert_eq!(has_ended(&format!("{} {} 1", place(), std::process::id())), Some(true));
        assert_eq!(has_ended(&format!("another-boot/pid:[1] {} 1", std::process::id())), None);
        assert_eq!(has_ended("nonsense"), None);
    }
}
