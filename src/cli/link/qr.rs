//! `qrtill link qr`: a link's code as a picture to print, or drawn in the terminal window.

use std::fs;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use qrcode::Color;
use qrcode::EcLevel;
use qrcode::QrCode;
use qrcode::render::svg;
use qrcode::render::unicode::Dense1x2;

use super::order;
use super::say;
use super::wrong_use;
use crate::cli::failure;
use crate::cli::failure::Failure;

/// Light modules around the code, as its standard wants them.
const QUIET: usize = 4;

/// Draw a link's code: into a .png or .svg file, or into the terminal window
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The link's id, or an address to draw as it is
    #[arg(value_parser = order::id_or_address)]
    pub link: String,
    /// Where to; the ending says which: .png or .svg
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The picture's least width and height in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..=8192))]
    size: u32,
    /// How much of the code may be covered or dirty: l 7 %, m 15 %, q 25 %, h 30 %
    #[arg(long, value_enum, default_value = "m")]
    error_correction: Level,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    L,
    M,
    Q,
    H,
}

impl Level {
    fn level(self) -> EcLevel {
        match self {
            Self::L => EcLevel::L,
            Self::M => EcLevel::M,
            Self::Q => EcLevel::Q,
            Self::H => EcLevel::H,
        }
    }
}

impl Args {
    /// The address, where one was given instead of an id.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        Some(self.link.as_str()).filter(|link| link.contains("://"))
    }
}

pub fn write(wanted: &Args, url: &str, json: bool) -> Result<ExitCode, Failure> {
    let code = QrCode::with_error_correction_level(url, wanted.error_correction.level()).map_err(|_| {
        Failure::new(failure::DATA, "the link is too long for a code", "lower --error-correction")
    })?;
    let Some(output) = &wanted.output else {
        if json {
            return Err(wrong_use("a code drawn in the window is no JSON", "name a file with -o"));
        }
        // Light on dark windows is what most people have; phones want dark on light.
        let text = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        return say(&format!("{text}\n{url}\n"));
    };
    let ending = output.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let written = match ending.as_deref() {
        Some("svg") => {
            let size = wanted.size;
            let text = code.render::<svg::Color<'_>>().min_dimensions(size, size).build();
            fs::write(output, text)
        }
        Some("png") => png(&code, wanted.size, output),
        Some(_) | None => return Err(wrong_use("the file's name has to end in .png or .svg", "")),
    };
    written.map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", output))?;
    let file = output.display().to_string();
    if json {
        return say(&format!("{}\n", serde_json::json!({ "file": file, "url": url })));
    }
    say(&format!("{file}\n"))
}

/// One bit a pixel, whole pixels a module, at least `size` wide.
fn png(code: &QrCode, size: u32, path: &Path) -> io::Result<()> {
    let (modules, colors) = (code.width(), code.to_colors());
    let side = modules + 2 * QUIET;
    let scale = usize::try_from(size).unwrap_or(usize::MAX).div_ceil(side);
    let width = side * scale;
    let light = |x: usize, y: usize| {
        let module = |pixel: usize| (pixel / scale).checked_sub(QUIET).filter(|at| *at < modules);
        module(x).zip(module(y)).is_none_or(|(column, row)| colors[row * modules + column] == Color::Light)
    };
    let row = |y: usize| {
        let byte = move |from: usize| {
            (0..8).fold(0_u8, |bits, n| bits << 1 | u8::from(from + n >= width || light(from + n, y)))
        };
        (0..width).step_by(8).map(byte)
    };
    let pixels: Vec<u8> = (0..width).flat_map(row).collect();
    let mut out = BufWriter::new(fs::File::create(path)?);
    let side = u32::try_from(width).map_err(io::Error::other)?;
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    out.flush()
}
