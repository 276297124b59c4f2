//! A 4x3 or 4x4 matrix of contacts on GPIO lines. While nothing is pressed all rows are low and an edge on a column is
//! waited for; only from then on until the last key is up are the rows driven one by one. What the contacts mean is
//! `decode`'s.
//!
//! Rows are open drain, so that two keys of one column cannot put a high row onto a low one. Columns are inputs with
//! the chip's own pull-up: no resistor is soldered. The kernel's debounce would hold back what a scan has to see at
//! once, so it is not used: `decode` debounces.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use gpiocdev::Request;
use gpiocdev::line::Bias;
use gpiocdev::line::Drive;
use gpiocdev::line::EdgeDetection;
use gpiocdev::line::Value;
use gpiocdev::line::Values;
use tokio::io::unix::AsyncFd;
use tokio_util::sync::CancellationToken;

use super::decode::map::KeyMap;
use super::decode::matrix::Layout;
use super::decode::matrix::Matrix;
use super::device;
use super::listen;
use super::listen::Desk;
use super::listen::Listening;
use super::listen::Outlet;
use super::listen::Source;
use crate::port::keys::KeypadFault;

/// While a key is down.
const SCAN_EVERY: Duration = Duration::from_millis(5);
/// A column's pull-up brings a long cable up within this time.
const SETTLE: Duration = Duration::from_micros(20);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub chip: PathBuf,
    /// Numbers of the lines at that chip, as many as the layout has.
    pub rows: Vec<u32>,
    pub columns: Vec<u32>,
    pub layout: Layout,
    /// What comes before the usual meanings of the labels.
    pub map: KeyMap,
    pub debounce: Duration,
}

/// Listens to the keypad until `shutdown`.
#[must_use]
pub fn spawn(options: Options, outlet: impl Into<Outlet>, shutdown: CancellationToken) -> Listening {
    let matrix = Matrix::new(options.layout.clone(), options.map.clone(), options.debounce);
    listen::spawn(Keypad { options }, matrix, outlet.into(), shutdown)
}

/// The lines of a matrix, as a scan uses them.
trait Lines {
    /// Lets one row be low, or all of them; the others are let go.
    fn drive(&mut self, row: Option<usize>) -> io::Result<()>;

    /// A bit for each column that is low now, the first one lowest.
    fn low_columns(&mut self) -> io::Result<u64>;
}

/// A bit for each closed contact, row by row. Leaves all rows low.
fn scan(lines: &mut impl Lines, rows: usize, columns: usize) -> io::Result<u64> {
    let mut closed = 0;
    for row in 0..rows {
        lines.drive(Some(row))?;
        closed |= lines.low_columns()? << (row * columns);
    }
    lines.drive(None)?;
    Ok(closed)
}

struct Keypad {
    options: Options,
}

impl Source for Keypad {
    type Decoder = Matrix;
    type Port = Wires;

    fn open(&mut self) -> Result<Wires, KeypadFault> {
        Wires::request(&self.options).map_err(|error| self.fault(&error))
    }

    async fn read(&mut self, mut wires: Wires, desk: &mut Desk<Matrix>) -> KeypadFault {
        let (rows, columns) = (self.options.rows.len(), self.options.columns.len());
        let mut before = 0;
        loop {
            let closed = match scan(&mut wires, rows, columns) {
                Ok(closed) => closed,
                Err(error) => return self.fault(&error),
            };
            let matrix = desk.line.decoder();
            let raw =
                if closed == before { String::new() } else { format!("down: {}", matrix.labels_of(closed)) };
            before = closed;
            desk.take(|| raw, |matrix, now| matrix.handle(closed, now));
            if !desk.line.decoder().is_idle() {
                tokio::time::sleep(SCAN_EVERY).await;
            } else if let Err(error) = wires.edge().await {
                return self.fault(&error);
            }
        }
    }
}

impl Keypad {
    fn fault(&self, error: &io::Error) -> KeypadFault {
        let chip = &self.options.chip;
        if error.kind() == io::ErrorKind::InvalidInput {
            let what = format!("{} has not all of the lines of the keypad: {error}", chip.display());
            return KeypadFault {
                what,
                mend: "`gpioinfo` lists the lines and what they are called".to_owned(),
            };
        }
        let mut fault = device::fault(chip, device::GPIO, error);
        if error.kind() == io::ErrorKind::ResourceBusy {
            fault.what = format!("another program or driver has a line of the keypad at {}", chip.display());
            fault.mend = "`gpioinfo` tells which; take other lines, or switch that driver off".to_owned();
        }
        fault
    }
}

struct Wires {
    rows: Request,
    columns: AsyncFd<Request>,
    row_lines: Vec<u32>,
    column_lines: Vec<u32>,
}

impl Wires {
    fn request(options: &Options) -> io::Result<Self> {
        let rows = Request::builder()
            .on_chip(&options.chip)
            .with_consumer("qrtill keypad rows")
            .with_lines(&options.rows)
            .as_output(Value::Inactive)
            .with_drive(Drive::OpenDrain)
            .request()
            .map_err(of_gpio)?;
        let columns = Request::builder()
            .on_chip(&options.chip)
            .with_consumer("qrtill keypad columns")
            .with_lines(&options.columns)
            .as_input()
            .with_bias(Bias::PullUp)
            .with_edge_detection(EdgeDetection::BothEdges)
            .request()
            .map_err(of_gpio)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe to call; a request keeps its descriptor for as long as it lives, which is \
                      all that one asks for"
        )]
        let columns = AsyncFd::new(columns)?;
        Ok(Self { rows, columns, row_lines: options.rows.clone(), column_lines: options.columns.clone() })
    }

    /// Waits until a column may have changed. The scan's own edges are taken away first; what was pressed meanwhile
    /// is low by then.
    async fn edge(&mut self) -> io::Result<()> {
        self.drain()?;
        if self.low_columns()? != 0 {
            return Ok(());
        }
        loop {
            let mut ready = self.columns.readable().await?;
            if self.columns.get_ref().has_edge_event().map_err(of_gpio)? {
                return self.drain();
            }
            ready.clear_ready();
        }
    }

    fn drain(&self) -> io::Result<()> {
        let columns = self.columns.get_ref();
        while columns.has_edge_event().map_err(of_gpio)? {
            columns.read_edge_event().map_err(of_gpio)?;
        }
        Ok(())
    }
}

impl Lines for Wires {
    fn drive(&mut self, row: Option<usize>) -> io::Result<()> {
        let value = |index| if row.is_none_or(|row| row == index) { Value::Inactive } else { Value::Active };
        let lines = self.row_lines.iter().enumerate();
        let values: Values = lines.map(|(index, line)| (*line, value(index))).collect();
        self.rows.set_values(&values).map_err(of_gpio)?;
        // Shorter than the runtime's timer can be.
        std::thread::sleep(SETTLE);
        Ok(())
    }

    fn low_columns(&mut self) -> io::Result<u64> {
        let mut values = Values::from_offsets(&self.column_lines);
        self.columns.get_ref().values(&mut values).map_err(of_gpio)?;
        let lines = self.column_lines.iter().enumerate();
        let low = lines.filter(|(_, line)| values.get(**line) == Some(Value::Inactive));
        Ok(low.map(|(index, _)| 1 << index).sum())
    }
}

/// The kernel's own error, where there is one: the crate has it in its words alone.
fn of_gpio(error: gpiocdev::Error) -> io::Error {
    let text = error.to_string();
    let number = text.rsplit_once("(os error ").and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
    number.map_or_else(|| io::Error::other(error), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::key::Key;
    use crate::keypad::decode::Decode;

    const ROWS: usize = 4;
    const COLUMNS: usize = 4;

    /// Keys without diodes, as real ones: current goes through every closed contact, in any direction.
    #[derive(Default)]
    struct Fake {
        closed: Vec<(usize, usize)>,
        driven: Option<usize>,
        drives: u64,
    }

    impl Lines for Fake {
        fn drive(&mut self, row: Option<usize>) -> io::Result<()> {
            self.driven = row;
            self.drives += 1;
            Ok(())
        }

        fn low_columns(&mut self) -> io::Result<u64> {
            let mut rows: Vec<bool> =
                (0..ROWS).map(|row| self.driven.is_none_or(|driven| driven == row)).collect();
            let mut columns = [false; COLUMNS];
            // Until nothing more is pulled low.
            for _ in 0..ROWS * COLUMNS {
                for &(row, column) in &self.closed {
                    let low = rows[row] || columns[column];
                    (rows[row], columns[column]) = (low, low);
                }
            }
            Ok((0..COLUMNS).filter(|column| columns[*column]).map(|column| 1 << column).sum())
        }
    }

    fn matrix() -> Matrix {
        let rows = ["123A", "456B", "789C", "*0#D"].map(str::to_owned);
        Matrix::new(Layout::new(&rows).unwrap(), KeyMap::default(), Duration::from_millis(10))
    }

    fn keys(matrix: &mut Matrix) -> Vec<Key> {
        std::iter::from_fn(|| matrix.poll_key()).collect()
    }

    #[test]
    fn a_scan_finds_each_contact_and_leaves_all_rows_low() {
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let mut fake = Fake { closed: vec![(row, column)], ..Fake::default() };
                assert_eq!(scan(&mut fake, ROWS, COLUMNS).unwrap(), 1 << (row * COLUMNS + column));
                assert_eq!(fake.driven, None, "so that the next press makes an edge");
            }
        }
    }

    #[test]
    fn a_pressed_key_goes_through_scan_and_decoder() {
        let (mut fake, mut matrix) = (Fake { closed: vec![(2, 1)], ..Fake::default() }, matrix());
        for at in 0..20 {
            let closed = scan(&mut fake, ROWS, COLUMNS).unwrap();
            matrix.handle(closed, Duration::from_millis(at * 5));
        }
        assert_eq!(keys(&mut matrix), [Key::Digit(8)]);
        fake.closed.clear();
        for at in 20..40 {
            let closed = scan(&mut fake, ROWS, COLUMNS).unwrap();
            matrix.handle(closed, Duration::from_millis(at * 5));
        }
        assert!(matrix.is_idle(), "then an edge is waited for");
    }

    #[test]
    fn the_ghost_of_three_real_keys_is_never_heard() {
        let corners = [(0, 0), (0, 2), (3, 0), (3, 2)];
        for ghost in corners {
            let mut matrix = matrix();
            let mut fake =
                Fake { closed: corners.into_iter().filter(|key| *key != ghost).collect(), ..Fake::default() };
            for at in 0..40 {
                let closed = scan(&mut fake, ROWS, COLUMNS).unwrap();
                assert_eq!(closed.count_ones(), 4, "it is there for the lines");
                matrix.handle(closed, Duration::from_millis(at * 5));
            }
            assert_eq!((keys(&mut matrix), matrix.dropped().ghosted), (vec![], 1), "{ghost:?}");
        }
    }

    #[test]
    fn a_chip_that_is_none_is_told_with_the_way_out() {
        let rows = ["1"].map(str::to_owned);
        let options = |chip: &str| Options {
            chip: chip.into(),
            rows: vec![5],
            columns: vec![6],
            layout: Layout::new(&rows).unwrap(),
            map: KeyMap::default(),
            debounce: Duration::from_millis(10),
        };
        let fault = |chip| Keypad { options: options(chip) }.open().map(drop).unwrap_err();
        assert!(
            fault("/dev/gpiochip-none").what.contains("there is no GPIO chip"),
            "{}",
            fault("/dev/gpiochip-none")
        );
        assert!(fault("/dev/null").what.contains("does not work"), "{}", fault("/dev/null"));
    }

    #[test]
    fn the_kernels_error_is_found_in_the_crates_words() {
        let busy = gpiocdev::Error::from(io::Error::from_raw_os_error(16));
        assert_eq!(of_gpio(busy).kind(), io::ErrorKind::ResourceBusy);
        assert_eq!(of_gpio(gpiocdev::Error::NoGpioChips()).kind(), io::ErrorKind::Other);
    }
}
