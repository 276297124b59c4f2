//! A sound card through `aplay`, as a child process for each sound: nothing is linked, and a driver that hangs hangs
//! the child alone.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::process::Child;
use tokio::process::Command;

/// What is allowed for opening the card, on top of the sound's own length.
const PATIENCE: Duration = Duration::from_secs(2);
/// Of what the child complains about.
const WORDS_MOST: u64 = 4096;

/// `aplay`, and the child that plays now.
#[derive(Debug)]
pub struct Aplay {
    program: PathBuf,
    device: String,
    child: Option<Child>,
}

#[derive(Debug, thiserror::Error)]
pub enum Silent {
    #[error("`{0}` cannot be started: {1}")]
    Start(String, io::Error),
    #[error("it did not end and was killed")]
    Hung,
    #[error("it says: {0}")]
    Said(String),
    #[error("it cannot be told what to play: {0}")]
    Pipe(io::Error),
}

impl Aplay {
    #[must_use]
    pub fn new(program: PathBuf, device: String) -> Self {
        Self { program, device, child: None }
    }

    /// Plays a WAV file of this length. Whoever drops this before its end calls `silence`.
    pub async fn play(&mut self, wave: &[u8], length: Duration) -> Result<(), Silent> {
        let spawned = Command::new(&self.program)
            .args(["-q", "-D", &self.device, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let child = spawned.map_err(|error| Silent::Start(self.program.display().to_string(), error))?;
        let child = self.child.insert(child);
        let ended = tokio::time::timeout(length + PATIENCE, feed(child, wave)).await;
        let Ok(ended) = ended else {
            self.silence().await;
            return Err(Silent::Hung);
        };
        self.child = None;
        let (status, words) = ended.map_err(Silent::Pipe)?;
        if status.success() { Ok(()) } else { Err(Silent::Said(said(&words, status))) }
    }

    /// Ends the child, if there is one, and takes its end away from the system.
    pub async fn silence(&mut self) {
        if let Some(mut child) = self.child.take()
            && let Err(error) = child.kill().await
        {
            tracing::debug!(%error, "the child had ended");
        }
    }
}

/// Gives the child the sound and waits for its end and its words.
async fn feed(child: &mut Child, wave: &[u8]) -> io::Result<(ExitStatus, Vec<u8>)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A child that ends early says why in its words.
            let _broken = stdin.write_all(wave).await;
        }
    };
    let read = async {
        let mut words = Vec::new();
        if let Some(stderr) = stderr {
            let _broken = stderr.take(WORDS_MOST).read_to_end(&mut words).await;
        }
        words
    };
    let ((), words) = tokio::join!(write, read);
    Ok((child.wait().await?, words))
}

/// The last line, which is the reason; ALSA's own lines before it say where in its source.
fn said(words: &[u8], status: ExitStatus) -> String {
    let text = String::from_utf8_lossy(words);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    last.map_or_else(|| status.to_string(), |line| line.trim().to_owned())
}

/// Whether such a program is there: below a folder of `path`, or where its own path says.
#[must_use]
pub fn is_installed(program: &Path, path: Option<&std::ffi::OsStr>) -> bool {
    if program.components().count() > 1 {
        return program.is_file();
    }
    path.is_some_and(|path| std::env::split_paths(path).any(|folder| folder.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tokio::time::Instant;

    use super::*;

    /// A program of that name that does this.
    fn program(dir: &Path, script: &str) -> PathBuf {
        let file = dir.join("aplay");
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).expect("set");
        file
    }

    fn aplay(program: PathBuf) -> Aplay {
        Aplay::new(program, "plughw:0,0".to_owned())
    }

    #[tokio::test]
    async fn the_child_gets_the_device_and_every_byte() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().display();
        let script = format!("echo \"$@\" > {folder}/args; cat > {folder}/wave");
        let wave: Vec<u8> = (0..200_000_u32).map(|byte| byte as u8).collect();
        let mut aplay = aplay(program(dir.path(), &script));
        aplay.play(&wave, Duration::from_secs(20)).await.expect("played");
        assert_eq!(fs::read_to_string(dir.path().join("args")).unwrap(), "-q -D plughw:0,0 -\n");
        assert_eq!(fs::read(dir.path().join("wave")).unwrap(), wave);
    }

    #[tokio::test]
    async fn what_goes_wrong_is_told_in_the_programs_words() {
        let dir = tempfile::tempdir().expect("a folder");
        let script = "echo 'ALSA lib pcm.c:2666: Unknown PCM x' >&2; echo 'aplay: main:831: audio open error' >&2; exit 1";
        let mut aplay = aplay(program(dir.path(), script));
        let error = aplay.play(&[0; 200_000], Duration::from_secs(20)).await.unwrap_err();
        assert_eq!(error.to_string(), "it says: aplay: main:831: audio open error");
        let none = Aplay::new(dir.path().join("none"), "default".to_owned()).play(&[], Duration::ZERO).await;
        assert!(matches!(none, Err(Silent::Start(_, error)) if error.kind() == io::ErrorKind::NotFound));
    }

    #[tokio::test]
    async fn a_child_that_hangs_is_killed_and_taken_away() {
        let dir = tempfile::tempdir().expect("a folder");
        let script = format!("echo $$ > {}/pid; exec sleep 600", dir.path().display());
        let mut aplay = aplay(program(dir.path(), &script));
        let start = Instant::now();
        let error = aplay.play(&[0; 200_000], Duration::ZERO).await.unwrap_err();
        assert!(matches!(error, Silent::Hung), "{error}");
        assert!(start.elapsed() < Duration::from_secs(60));
        let pid = fs::read_to_string(dir.path().join("pid")).unwrap();
        assert!(!Path::new("/proc").join(pid.trim()).exists(), "not even a zombie is left");
    }

    #[test]
    fn a_program_is_looked_for_as_a_shell_does() {
        let dir = tempfile::tempdir().expect("a folder");
        let found = |program: &str| is_installed(Path::new(program), Some(dir.path().as_os_str()));
        assert!(!found("aplay"));
        let file = program(dir.path(), "true");
        assert!(found("aplay") && is_installed(&file, None) && !is_installed(Path::new("aplay"), None));
    }
}
