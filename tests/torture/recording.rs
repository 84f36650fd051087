//! What a desk did to its database files and answered to its clients, in order, as strace recorded it.
use std::collections::HashMap;
use std::path::Path;

/// Bytes that a disk writes completely or not at all; SQLite relies on no more.
pub const SECTOR: usize = 512;

/// System calls that strace has to record. Sockets are included, because an acknowledgement counts from the moment its
/// answer is passed to the kernel.
pub const WATCHED: &str = "pwrite64,fsync,fdatasync,ftruncate,unlink,rename,write,writev,sendto,recvfrom";

#[derive(Debug, Clone)]
pub enum Step {
    /// Passed to the kernel; on the disk for certain after the next `Sync` of the file.
    Write {
        file: usize,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: usize,
        length: usize,
    },
    /// Returned: what was written to the file before step `covers` is on the disk.
    Sync {
        file: usize,
        covers: usize,
    },
    /// A client received the answer that this is stored.
    Acknowledged(Kept),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// The decision on this inquiry.
    Decision(String),
    /// The webhook with this event.
    Event(String),
}

/// Reads a recording. `files` are the names of the database files; other files do not matter.
pub fn read(recording: &Path, files: &[&str]) -> Vec<Step> {
    let text = std::fs::read_to_string(recording).unwrap();
    let mut steps = Vec::new();
    // Beginning of each thread's unfinished call, and the step at which it began.
    let mut begun: HashMap<&str, (String, usize)> = HashMap::new();
    let mut asked: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        let (call, from) = if let Some(rest) = rest.strip_prefix("<... ") {
            let Some((head, from)) = begun.remove(thread) else { continue };
            let tail = rest.split_once(" resumed>").map_or("", |(_, tail)| tail);
            (Call::parse(&format!("{head}{tail}")), from)
        } else if let Some(head) = rest.strip_suffix("<unfinished ...>") {
            let call = Call::parse(head);
            begun.insert(thread, (head.trim_end().to_owned(), steps.len()));
            match call {
                // The data counts from here, because it may reach the disk or the client from now on.
                Some(call) if call.starts_it() => (Some(call), steps.len()),
                _ => continue,
            }
        } else {
            (Call::parse(rest), steps.len())
        };
        let Some(call) = call else { continue };
        if rest.starts_with("<... ") && call.starts_it() {
            assert!(!call.failed(), "a recorded call failed: {}", &line[..line.len().min(120)]);
            continue;
        }
        step(&call, from, files, &mut asked, &mut steps);
    }
    steps
}

fn step(call: &Call, from: usize, files: &[&str], asked: &mut HashMap<Vec<u8>, Vec<u8>>, steps: &mut Vec<Step>) {
    let file = files.iter().position(|name| call.on.ends_with(format!("/{name}").as_bytes()));
    let socket = call.on.starts_with(b"socket:");
    match (call.name.as_str(), file) {
        ("pwrite64", Some(file)) => {
            let at = call.numbers.last().copied().expect("an offset");
            steps.push(Step::Write { file, at, bytes: call.data.clone() });
        }
        ("ftruncate", Some(file)) => {
            steps.push(Step::Truncate { file, length: call.numbers.last().copied().expect("a length") });
        }
        ("fsync" | "fdatasync", Some(file)) => steps.push(Step::Sync { file, covers: from }),
        ("write" | "sendto", Some(_)) => panic!("the recorder knows no {} to a database file", call.name),
        ("unlink" | "rename", _) => {
            let named = files.iter().any(|name| call.data.ends_with(format!("/{name}").as_bytes()));
            assert!(!named, "the recorder knows no {} of a database file", call.name);
        }
        ("recvfrom", _) if socket => asked.entry(call.on.clone()).or_default().extend(&call.data),
        ("write" | "writev" | "sendto", _) if socket => {
            let question = asked.remove(&call.on).unwrap_or_default();
            let answered = call.data.starts_with(b"HTTP/1.1 20");
            if let Some(kept) = kept(&String::from_utf8_lossy(&question)).filter(|_| answered) {
                steps.push(Step::Acknowledged(kept));
            }
        }
        _ => {}
    }
}

/// What the sender of a request may rely on after a successful answer.
fn kept(question: &str) -> Option<Kept> {
    let after = |mark: &str| {
        let rest = &question[question.find(mark)? + mark.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        Some(rest[..end].to_owned())
    };
    if question.starts_with("POST /api/decide ") {
        return after("\r\n\r\ninquiry=").map(Kept::Decision);
    }
    if question.starts_with("POST /webhooks/persona ") {
        return after("\"id\":\"evt_").map(|rest| Kept::Event(format!("evt_{rest}")));
    }
    None
}

/// One system call, as a line of `strace -y -xx` shows it.
struct Call {
    name: String,
    /// The file or socket of its file descriptor.
    on: Vec<u8>,
    /// Its text arguments, joined.
    data: Vec<u8>,
    /// Its number arguments.
    numbers: Vec<usize>,
    result: Option<i64>,
}

impl Call {
    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('(')?;
        let (arguments, result) = match rest.rsplit_once(") = ").or_else(|| rest.rsplit_once(")= ")) {
            Some((arguments, result)) => (arguments, result.split(' ').next().and_then(|n| n.parse().ok())),
            // strace pads short calls before the result.
            None => match rest.rfind(") ").filter(|at| rest[*at..].contains("= ")) {
                Some(at) => {
                    (&rest[..at], rest[at..].rsplit("= ").next()?.split(' ').next().and_then(|n| n.parse().ok()))
                }
                None => (rest, None),
            },
        };
        let on = match (arguments.find('<'), arguments.find('>'), arguments.find('"')) {
            (Some(open), Some(close), quote) if quote.is_none_or(|quote| open < quote) => {
                bytes(&arguments[open + 1..close])
            }
            _ => Vec::new(),
        };
        let (mut data, mut plain, mut quoted) = (Vec::new(), String::new(), false);
        for part in arguments.split('"') {
            if quoted {
                data.extend(bytes(part));
            } else {
                plain.push_str(part);
            }
            quoted = !quoted;
        }
        assert!(!plain.contains("..."), "the recorder cut a text off");
        let numbers = plain.split(',').filter_map(|part| part.trim().parse().ok()).collect();
        Some(Self { name: name.trim().to_owned(), on, data, numbers, result })
    }

    /// Whether the call may take effect as soon as it begins.
    fn starts_it(&self) -> bool {
        matches!(self.name.as_str(), "pwrite64" | "ftruncate" | "write" | "writev" | "sendto")
    }

    fn failed(&self) -> bool {
        self.name == "pwrite64" && self.result.is_some_and(|result| result < 0)
    }
}

/// Decodes `\x2f\x74` to bytes.
fn bytes(text: &str) -> Vec<u8> {
    text.split("\\x").filter_map(|pair| u8::from_str_radix(pair.get(..2)?, 16).ok()).collect()
}
