//! What terminal and relay share as programs: their configuration, their data folder, and being told to stop.

use std::fs::OpenOptions;
use std::io;
use std::io::Write;
#[cfg(feature = "relay")]
use std::net::SocketAddr;
use std::path::Path;
#[cfg(feature = "relay")]
use std::sync::Arc;

use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio_util::sync::CancellationToken;

use super::failure;
use super::failure::Failure;
use super::notify;
use crate::config;
use crate::config::Checked;
use crate::config::private;
#[cfg(feature = "relay")]
use crate::config::provider;
#[cfg(feature = "relay")]
use crate::host;
#[cfg(feature = "relay")]
use crate::http::system::System;
use crate::store::StoreError;

/// The values of a configuration, after its warnings are told; every fault at once otherwise.
pub fn values<T>(
    file: &Path,
    judge: impl FnOnce(&Path, &str, &[(String, String)]) -> Checked<T>,
) -> Result<T, Failure> {
    let text = config::text(file).map_err(|faults| Failure::of_faults(&faults))?;
    of_checked(judge(file, &text, &config::variables()))
}

/// The values, after their warnings are told; every fault at once otherwise.
pub fn of_checked<T>(checked: Checked<T>) -> Result<T, Failure> {
    for warning in &checked.warnings {
        let _gone = writeln!(io::stderr(), "warning: {warning}");
    }
    checked.value.ok_or_else(|| Failure::of_faults(&checked.faults))
}

/// The one TLS stack of this process. Someone else's in it, as in tests, is as good.
#[cfg(feature = "relay")]
pub fn install_tls() {
    let _other = rustls::crypto::ring::default_provider().install_default();
}

/// A payment-link system of the configuration as it is reached.
#[cfg(feature = "relay")]
pub fn system(configured: &provider::System) -> Result<System, Failure> {
    let wrong =
        |what: String, key: &str| Failure::new(failure::CONFIG, what, format!("see {}.{key}", configured.at));
    System::new(Arc::clone(&configured.service.provider), configured.base_urls.clone())
        .map_err(|error| wrong(error.to_string(), "options"))?
        .with_tokens(&configured.tokens_file, host::unix_ms)
        .map_err(|error| wrong(error.to_string(), "tokens_file"))
}

/// Makes the folder for a journal, for this user alone, and tries whether it can be written.
pub fn make_data(data: &Path, journal: &Path) -> Result<(), Failure> {
    private::create_folder(data).map_err(|error| {
        Failure::of_io(&error, failure::CANNOT_CREATE, "cannot make the data folder", data)
    })?;
    // The journal's own lock file; its content says nothing.
    let lock = journal.with_extension("lock");
    OpenOptions::new().append(true).create(true).open(lock).map(drop).map_err(|error| {
        Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write in the data folder", data)
    })
}

/// A journal that fails is the disk's matter, unless another process has it.
#[must_use]
pub fn of_store(error: &StoreError) -> Failure {
    let code = match error {
        StoreError::Busy(_) => failure::UNAVAILABLE,
        // Another try finds the same.
        StoreError::Newer { .. } | StoreError::Older { .. } => failure::DATA,
        StoreError::Open { .. }
        | StoreError::Broken { .. }
        | StoreError::Sqlite(_)
        | StoreError::Fact { .. }
        | StoreError::Ended => failure::IO,
    };
    Failure::new(code, error.to_string(), "")
}

/// Cancelled by SIGTERM or SIGINT, so that no code stays on a panel and the journal is closed.
pub fn until_told() -> Result<CancellationToken, Failure> {
    let failed = |error: io::Error| {
        Failure::new(failure::UNAVAILABLE, format!("cannot listen for signals: {error}"), "")
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let shutdown = CancellationToken::new();
    let told = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
        notify::stopping();
        told.cancel();
    });
    Ok(shutdown)
}

/// `threads` is none for a program that waits for one thing at a time.
pub fn runtime(threads: Option<usize>) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = match threads {
        None => tokio::runtime::Builder::new_current_thread(),
        Some(threads) => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    };
    builder
        .enable_all()
        .build()
        .map_err(|error| Failure::new(failure::UNAVAILABLE, format!("cannot start: {error}"), ""))
}

/// Where to listen, as an argument.
#[cfg(feature = "relay")]
pub fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write an address and a port, such as 127.0.0.1:8460")
}

/// A listener that could not be bound, with who may have the port.
#[cfg(feature = "relay")]
#[must_use]
pub fn not_bound(address: SocketAddr, error: &io::Error) -> Failure {
    let (port, kind) = (address.port(), error.kind());
    if kind == io::ErrorKind::AddrInUse {
        let what = format!("port {port} at {} is in use by another program", address.ip());
        let hint = format!("find it with `ss -ltnp 'sport = :{port}'`, or listen on another port");
        Failure::new(failure::UNAVAILABLE, what, hint)
    } else if kind == io::ErrorKind::PermissionDenied {
        let what = format!("this user may not listen on port {port}");
        Failure::new(failure::NO_PERMISSION, what, "listen on a port from 1024 on")
    } else {
        let what = format!("cannot listen on {address}: {error}");
        Failure::new(failure::CONFIG, what, "listen on an address of this machine")
    }
}
