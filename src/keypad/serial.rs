//! A keypad on a serial port. Opens it by path, again and again when it is gone; what its bytes mean is `decode`'s.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::AsyncReadExt;
pub use tokio_serial::DataBits;
pub use tokio_serial::FlowControl;
pub use tokio_serial::Parity;
use tokio_serial::SerialPortBuilderExt;
use tokio_serial::SerialStream;
pub use tokio_serial::StopBits;
use tokio_util::sync::CancellationToken;

use super::decode;
use super::decode::Decode;
use super::decode::Decoder;
use super::decode::map::KeyMap;
use super::decode::scan::Frame;
use super::decode::scan::Release;
use super::decode::scan::Scan;
use super::device;
use super::line::hex;
use super::listen;
use super::listen::Desk;
use super::listen::Listening;
use super::listen::Outlet;
use super::listen::Source;
use super::plug;
use crate::port::keys::KeypadFault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// A name that survives re-plugging, such as one below `/dev/serial/by-id`: a device that comes back may
    /// get another number.
    pub device: PathBuf,
    pub baud: u32,
    pub data_bits: DataBits,
    pub parity: Parity,
    pub stop_bits: StopBits,
    pub flow: FlowControl,
    pub protocol: Protocol,
    /// What comes before the usual meanings; with `Protocol::Codes` there are no others.
    pub map: KeyMap,
    /// What the contacts may bounce for; zero for a keypad that debounces by itself.
    pub debounce: Duration,
}

/// What a keypad sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A character for each press.
    Ascii,
    /// A code for each press, and maybe for its end.
    Codes { frame: Frame, release: Release },
}

impl Options {
    /// Characters at 9600 baud, 8 data bits, no parity, one stop bit.
    #[must_use]
    pub fn new(device: impl Into<PathBuf>) -> Self {
        Self {
            device: device.into(),
            baud: 9600,
            data_bits: DataBits::Eight,
            parity: Parity::None,
            stop_bits: StopBits::One,
            flow: FlowControl::None,
            protocol: Protocol::Ascii,
            map: KeyMap::default(),
            debounce: decode::DEBOUNCE,
        }
    }
}

/// Listens to the keypad until `shutdown`. A device that is missing, now or later, is waited for.
#[must_use]
pub fn spawn(options: Options, outlet: impl Into<Outlet>, shutdown: CancellationToken) -> Listening {
    let (map, debounce) = (options.map.clone(), options.debounce);
    match options.protocol.clone() {
        Protocol::Ascii => {
            let decoder = Decoder::for_contacts(debounce).with_map(map);
            let source = Port { options, feed: |decoder: &mut Decoder, read, now| decoder.handle(read, now) };
            listen::spawn(source, decoder, outlet.into(), shutdown)
        }
        Protocol::Codes { frame, release } => {
            let decoder = Scan::new(map, frame, release, debounce);
            let source = Port { options, feed: |decoder: &mut Scan, read, now| decoder.handle(read, now) };
            listen::spawn(source, decoder, outlet.into(), shutdown)
        }
    }
}

struct Port<D> {
    options: Options,
    feed: fn(&mut D, &[u8], Duration),
}

impl<D: Decode + Send + 'static> Source for Port<D> {
    type Decoder = D;
    type Port = SerialStream;

    fn open(&mut self) -> Result<SerialStream, KeypadFault> {
        open(&self.options).map_err(|error| self.fault(&error))
    }

    async fn read(&mut self, mut port: SerialStream, desk: &mut Desk<D>) -> KeypadFault {
        let mut bytes = [0; 64];
        loop {
            let read = tokio::select! {
                read = port.read(&mut bytes) => read,
                () = desk.due() => {
                    desk.handle_timeout();
                    continue;
                }
            };
            match read {
                // An unplugged port is not an error to the kernel: it gives no bytes, at once and for ever.
                Ok(0) => {
                    desk.take(String::new, |_, _| {});
                    return self.fault(&io::ErrorKind::NotFound.into());
                }
                Ok(count) => {
                    let read = &bytes[..count];
                    desk.take(|| hex(read), |decoder, now| (self.feed)(decoder, read, now));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.fault(&error),
            }
        }
    }

    async fn wait(&mut self, most: Duration) {
        let folder = self.options.device.parent().unwrap_or(Path::new("/dev"));
        plug::wait(&[folder], most).await;
    }
}

impl<D> Port<D> {
    fn fault(&self, error: &io::Error) -> KeypadFault {
        device::fault(&self.options.device, device::SERIAL, error)
    }
}

/// For us alone: a second reader would take every other key.
fn open(options: &Options) -> io::Result<SerialStream> {
    let refused = || io::Error::new(io::ErrorKind::InvalidInput, "the path of the keypad is not UTF-8");
    let path = options.device.to_str().ok_or_else(refused)?;
    let port = tokio_serial::new(path, options.baud)
        .data_bits(options.data_bits)
        .parity(options.parity)
        .stop_bits(options.stop_bits)
        .flow_control(options.flow)
        .exclusive(true)
        .open_native_async();
    port.map_err(|error| match (error.kind(), probe_kind(options)) {
        // The port's crate knows no more than that it could not be had.
        (_, Some(kind)) => kind.into(),
        (tokio_serial::ErrorKind::NoDevice, None) => io::ErrorKind::ResourceBusy.into(),
        (
            tokio_serial::ErrorKind::InvalidInput
            | tokio_serial::ErrorKind::Unknown
            | tokio_serial::ErrorKind::Io(_),
            None,
        ) => error.into(),
    })
}

/// Why the device itself is not to be had, where that is so.
fn probe_kind(options: &Options) -> Option<io::ErrorKind> {
    let access =
        rustix::fs::access(&options.device, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK);
    access.err().map(|error| io::Error::from(error).kind())
}
