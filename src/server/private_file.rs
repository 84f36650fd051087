//! Files that only the owner of the program may read, whatever the umask says: databases, keys, exports.
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Mode bits: the owner may read and write.
const OURS: u32 = 0o600;
/// Mode bits of the group and of others.
const OTHERS: u32 = 0o077;

/// Creates a new file. Fails when it exists already.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(OURS).open(path)?;
    // The umask may have taken the owner's rights away.
    file.set_permissions(Permissions::from_mode(OURS))?;
    Ok(file)
}

/// Replaces the content of a file: a reader finds the old text or the new one, even after a loss of power.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = Path::new(&beside);
    match std::fs::remove_file(beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}

/// Whether users other than the owner may read or change a file.
pub fn is_loose(path: &Path) -> io::Result<bool> {
    Ok(path.metadata()?.permissions().mode() & OTHERS != 0)
}

/// Makes sure that a file exists and that only its owner may use it. Returns whether others could until now.
pub fn keep(path: &Path) -> io::Result<bool> {
    match create(path) {
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let loose = is_loose(path)?;
    if loose {
        std::fs::set_permissions(path, Permissions::from_mode(OURS))?;
    }
    Ok(loose)
}
