//! `qrtill backup` and `qrtill restore`: everything a counter is, in one file, and out of it again on another card.

mod archive;
mod restore;

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use super::failure;
use super::failure::Failure;
use crate::config;
use crate::config::Program;
use crate::config::private;
use crate::host;
use crate::store;

pub use self::restore::Args as RestoreArgs;
pub use self::restore::run as restore;

use self::archive::About;
use self::archive::Part;

const EXAMPLES: &str = "\
Examples:
  qrtill backup /media/usb/counter-1.tar
  qrtill restore /media/usb/counter-1.tar                 on this machine, with its programs stopped
  qrtill restore /media/usb/counter-1.tar --root /mnt     onto a card that is mounted there";

/// Put configuration, keys and journals of this machine into one file
///
/// Takes what is there of terminal and relay, while they run: each journal as it stands at one moment. The file
/// holds the private keys and the payment system's key: keep it as safe as the machine itself. Take a new one
/// before a card is replaced; what happened after it is not in it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file to make; it must not exist
    file: PathBuf,
    /// The folder of the configuration: terminal.toml, relay.toml, and the files they name
    #[arg(long, value_name = "DIR", default_value = config::FOLDER)]
    config: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let about = about(&args.config)?;
    stands_apart(&about, &args.file)?;
    let target = create(&args.file)?;
    // Beside the backup, since it may hold more than the temporary folder does.
    let scratch = scratch(&args.file);
    let written = scratch.and_then(|scratch| {
        let written = write(&args.file, target, &about, &scratch);
        let _left = fs::remove_dir_all(&scratch);
        written
    });
    if written.is_err() {
        let _left = fs::remove_file(&args.file);
    }
    let files = written?;
    let names: Vec<_> = about.journals.iter().map(|journal| journal.part.name()).collect();
    let line = format!(
        "{}: {files} files, journals of {}. It holds private keys: keep it safe",
        args.file.display(),
        if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") },
    );
    let _gone = writeln!(io::stdout(), "{line}");
    Ok(ExitCode::SUCCESS)
}

/// What there is to back up, told by the configuration.
fn about(folder: &Path) -> Result<About, Failure> {
    let mut about = About::new(folder, host::unix_ms());
    for part in Part::ALL.iter().copied() {
        let file = folder.join(part.config_file());
        if !file.exists() {
            continue;
        }
        let text = config::text(&file).map_err(|faults| Failure::of_faults(&faults))?;
        if part.program() != Program::of(&text) {
            let what = format!("{} is not the configuration of a {}", file.display(), part.name());
            return Err(Failure::new(failure::CONFIG, what, "name the folder with --config DIR"));
        }
        let data = part.data(&file, &text, &config::variables());
        if part.journal(&data).exists() {
            about.journals.push(archive::Journal { part, data });
        }
    }
    if about.journals.is_empty() && !folder.exists() {
        let what = format!("there is no configuration in {}", folder.display());
        return Err(Failure::new(failure::NO_INPUT, what, "name the folder with --config DIR"));
    }
    Ok(about)
}

fn scratch(file: &Path) -> Result<PathBuf, Failure> {
    let name = format!(".{}.part", file.file_name().unwrap_or_default().to_string_lossy());
    let scratch = file.with_file_name(name);
    private::create_folder(&scratch)
        .map(|()| scratch.clone())
        .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot make the folder", &scratch))
}

/// Folders that lie in each other could not be put back one by one.
fn stands_apart(about: &About, file: &Path) -> Result<(), Failure> {
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let config = absolute(&about.config);
    let data = about.journals.iter().map(|journal| journal.data.as_path());
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let inside = data.chain([folder]).find(|path| absolute(path).starts_with(&config));
    inside.map_or(Ok(()), |inside| {
        let what = format!("{} lies in the configuration's folder {}", inside.display(), config.display());
        Err(Failure::new(failure::USAGE, what, "backups and data need folders of their own"))
    })
}

fn create(file: &Path) -> Result<File, Failure> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            let what = format!("{} is there already", file.display());
            return Failure::new(
                failure::CANNOT_CREATE,
                what,
                "name another file: no backup is written over",
            );
        }
        Failure::of_io(&error, failure::CANNOT_CREATE, "cannot make", file)
    })
}

/// Files written.
fn write(file: &Path, target: File, about: &About, scratch: &Path) -> Result<usize, Failure> {
    let failed = |error: &io::Error| Failure::of_io(error, failure::IO, "cannot write", file);
    let mut archive = archive::Writer::new(target, about).map_err(|error| failed(&error))?;
    if about.config.exists() {
        archive.folder(archive::CONFIG, &about.config, &|_| true).map_err(|error| failed(&error))?;
    }
    for journal in &about.journals {
        let path = journal.part.journal(&journal.data);
        let copy = scratch.join(journal.part.name());
        store::copy::write(&path, &copy).map_err(|error| super::serve::of_store(&error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        archive.file(&format!("{}/{name}", journal.part.name()), &copy).map_err(|error| failed(&error))?;
        // Access tokens lie beside a relay's journal. The database's own helpers are of this moment alone.
        let beside = |path: &Path| !path.to_string_lossy().contains(".sqlite") && !is_lock(path);
        archive.folder(journal.part.name(), &journal.data, &beside).map_err(|error| failed(&error))?;
    }
    let (target, files) = archive.end().map_err(|error| failed(&error))?;
    File::sync_all(&target).map_err(|error| failed(&error))?;
    Ok(files)
}

fn is_lock(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "lock")
}
