//! One part of the world on a thread and a runtime of its own, so that a kill drops its every task and
//! socket in one go, as the end of a process would.

use std::future::Future;
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::fault::End;

/// A terminal or a relay that runs.
#[derive(Debug)]
pub struct Program {
    shutdown: CancellationToken,
    kill: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Program {
    /// Starts what `make` makes, under `name`. The token asks it to end cleanly; if it ends with an error, `ended`
    /// hears of it.
    pub fn start<F, E>(
        name: &'static str,
        ended: watch::Sender<Option<String>>,
        make: impl FnOnce(CancellationToken) -> F + Send + 'static,
    ) -> std::io::Result<Self>
    where
        F: Future<Output = Result<(), E>>,
        E: std::fmt::Display,
    {
        let shutdown = CancellationToken::new();
        let token = shutdown.clone();
        let (kill, killed) = oneshot::channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = match built {
                Ok(runtime) => runtime,
                Err(error) => {
                    tracing::error!(name, %error, "it has no runtime");
                    ended.send_replace(Some(format!("the {name} cannot start: {error}")));
                    return;
                }
            };
            runtime.block_on(async {
                tokio::select! {
                    result = make(token) => if let Err(error) = result {
                        tracing::error!(name, %error, "it ended");
                        ended.send_replace(Some(format!("the {name} ended: {error}")));
                    },
                    _ = killed => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { shutdown, kill, thread })
    }

    /// Ends one that may have ended.
    pub async fn end(part: Option<Self>, how: End) {
        match (part, how) {
            (Some(part), End::Kill) => part.kill().await,
            (Some(part), End::Stop) => part.stop().await,
            (None, _) => {}
        }
    }

    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(self) {
        self.shutdown.cancel();
        drop(tokio::task::spawn_blocking(|| self.thread.join()).await);
    }

    /// Ends it where it stands.
    pub async fn kill(self) {
        // One that has ended already needs no killing.
        let _gone = self.kill.send(());
        drop(tokio::task::spawn_blocking(|| self.thread.join()).await);
    }
}
