//! Files that only the owner of the program may read: databases, keys, exports. Whatever the umask says.
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Read and written by its owner.
const OURS: u32 = 0o600;
/// What group and others may do.
const OTHERS: u32 = 0o077;

/// A new file. It must not be there yet.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(OURS).open(path)?;
    // A umask can take the owner's rights away.
    file.set_permissions(Permissions::from_mode(OURS))?;
    Ok(file)
}

/// Writes a file anew: whoever reads it, also after a loss of power, finds the old text or the new one.
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

/// Whether others than its owner may read or change a file.
pub fn is_loose(path: &Path) -> io::Result<bool> {
    Ok(path.metadata()?.permissions().mode() & OTHERS != 0)
}

/// Sees to it that a file is there and that only its owner may use it. Says whether others could until now.
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
