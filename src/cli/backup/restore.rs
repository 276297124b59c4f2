//! `qrtill restore`: a backup unpacked beside what is there, judged, and only then put in its place.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use super::archive;
use super::archive::About;
use crate::cli::account;
use crate::cli::account::Owner;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::serve;
use crate::host;
use crate::store;

/// Put a backup back, on this machine or on a new card
///
/// The programs must be stopped. What is there already is moved aside, never deleted, and only with --replace. The
/// restored journals get names of their own: the other side sees a replaced card, closes what was open on the old one
/// and sends what came meanwhile, booked once. Never run the old card again: two terminals of one name stop both.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What `qrtill backup` made
    file: PathBuf,
    /// Take DIR for the root of the file system: a card that is mounted there
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// Move aside the configuration and the journals that are there
    #[arg(long)]
    replace: bool,
}

/// A folder that the backup fills.
struct Place {
    /// In the archive.
    name: &'static str,
    folder: PathBuf,
    /// Of its journal, if it has one.
    journal: Option<String>,
    /// Counters of the journal that begin anew.
    numbers: Option<&'static str>,
}

impl Place {
    /// Where it is unpacked first, on the same file system.
    fn unpacked(&self) -> PathBuf {
        self.beside("restored")
    }

    fn beside(&self, what: &str) -> PathBuf {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.folder.with_file_name(format!("{name}.{what}"))
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let file = File::open(&args.file)
        .map_err(|error| Failure::of_io(&error, failure::NO_INPUT, "cannot read", &args.file))?;
    let read = |error: &io::Error| Failure::of_io(error, failure::DATA, "cannot use", &args.file);
    let about = archive::about(&file).map_err(|error| read(&error))?;
    let places = places(&about, &args.root);
    if let Some(there) = places.iter().find(|place| is_in_use(place)).filter(|_| !args.replace) {
        let what = format!("{} holds a counter already", there.folder.display());
        return Err(Failure::new(failure::CANNOT_CREATE, what, "--replace moves it aside"));
    }
    let held = hold(&places)?;
    let clean = || places.iter().for_each(|place| drop(fs::remove_dir_all(place.unpacked())));
    clean();
    let unpacked = unpack(args, &about, &places);
    if let Err(failure) = unpacked {
        clean();
        return Err(failure);
    }
    drop(held);
    let aside = format!("before-{}", host::random_name());
    let mut said = String::new();
    for place in &places {
        let failed = |error: io::Error| {
            Failure::of_io(&error, failure::CANNOT_CREATE, "cannot put in place", &place.folder)
        };
        if place.folder.exists() {
            let aside = place.beside(&aside);
            fs::rename(&place.folder, &aside).map_err(failed)?;
            said += &format!("moved aside: {}\n", aside.display());
        }
        fs::rename(place.unpacked(), &place.folder).map_err(failed)?;
        said += &format!("restored: {}\n", place.folder.display());
    }
    let config = about.config.join("terminal.toml");
    said += &format!("next: qrtill check {}, then start the programs\n", config.display());
    let _gone = io::stdout().lock().write_all(said.as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn places(about: &About, root: &Path) -> Vec<Place> {
    let under = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
    let config = Place { name: archive::CONFIG, folder: under(&about.config), journal: None, numbers: None };
    let journals = about.journals.iter().map(|journal| Place {
        name: journal.part.name(),
        folder: under(&journal.data),
        journal: journal.part.journal(Path::new("")).to_str().map(str::to_owned),
        numbers: journal.part.numbers(),
    });
    std::iter::once(config).chain(journals).collect()
}

/// A folder that a package made for what is to come is not in use.
fn is_in_use(place: &Place) -> bool {
    let marks = match &place.journal {
        Some(journal) => vec![journal.clone()],
        None => archive::Part::ALL.iter().map(|part| part.config_file()).collect(),
    };
    marks.iter().any(|mark| place.folder.join(mark).exists())
}

/// Keeps the programs off the journals that are there.
fn hold(places: &[Place]) -> Result<Vec<File>, Failure> {
    let there = places.iter().filter_map(|place| Some(place.folder.join(place.journal.as_ref()?)));
    there
        .filter(|journal| journal.exists())
        .map(|journal| store::copy::hold(&journal).map_err(|error| serve::of_store(&error)))
        .collect()
}

/// Unpacks everything beside its place, judges the journals and gives them new names.
fn unpack(args: &Args, about: &About, places: &[Place]) -> Result<(), Failure> {
    let failed = |error: &io::Error| Failure::of_io(error, failure::DATA, "cannot use", &args.file);
    let file = File::open(&args.file).map_err(|error| failed(&error))?;
    let targets: Vec<_> = places.iter().map(|place| (place.name, place.unpacked())).collect();
    let owners = owners(about, &args.root);
    archive::unpack(&file, &targets, &owners).map_err(|error| failed(&error))?;
    for place in places {
        let folder = place.unpacked();
        let mode = if place.journal.is_some() { 0o700 } else { 0o755 };
        fs::create_dir_all(&folder)
            .and_then(|()| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)))
            .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot make", &folder))?;
        if let Some(journal) = &place.journal {
            let journal = folder.join(journal);
            store::copy::judge(&journal)
                .and_then(|()| store::copy::rename(&journal, &host::random_name(), place.numbers))
                .map_err(|error| serve::of_store(&error))?;
            // Whoever may write the journal must be able to write beside it.
            let given =
                fs::metadata(&journal).and_then(|own| chown(&folder, Some(own.uid()), Some(own.gid())));
            given.map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}

/// Who owns what was owned by each number where the backup was made. Only root can give files away.
fn owners(about: &About, root: &Path) -> BTreeMap<u64, Owner> {
    let here = account::users(root);
    let known = about.users.iter().filter_map(|(number, name)| Some((*number, *here.get(name)?)));
    known.filter(|_| account::is_root()).collect()
}
