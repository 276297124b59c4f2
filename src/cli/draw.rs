//! `qrtill draw`: what a panel shows, as a picture on a computer. Writes files and nothing else.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::core::money::Currency;
use crate::panel::png;
use crate::port::image::Image;
use crate::port::panel;
use crate::port::panel::PANELS;
use crate::port::panel::PanelSpec;
use crate::ui::Audience;
use crate::ui::Code;
use crate::ui::Idle;
use crate::ui::Painter;
use crate::ui::lang::Lang;
use crate::ui::sample;
use crate::ui::sample::Sample;
use crate::ui::sheet;

/// Draw a scene as a panel shows it, into a PNG picture.
#[derive(clap::Args)]
pub struct Args {
    /// The scene, or a variant of it; see --list
    #[arg(required_unless_present_any = ["all", "list"], conflicts_with_all = ["all", "list"])]
    scene: Option<String>,
    /// The panel; all of them with --all, else the first of --list
    #[arg(long, value_name = "NAME", value_parser = panel_of)]
    panel: Option<PanelSpec>,
    /// The language, such as en, de or fr; all of them with --all, else en
    #[arg(long)]
    lang: Option<Lang>,
    /// The picture's file, or the folder with --all
    #[arg(short, long, value_name = "FILE", required_unless_present = "list")]
    output: Option<PathBuf>,
    /// Every scene, as FILE/<panel>-<scene>-<lang>.png, and the main ones as FILE/sheet-<panel>-<lang>.png
    #[arg(long)]
    all: bool,
    /// Print the panels and the scenes
    #[arg(long)]
    list: bool,
    /// Who stands in front: customer or cashier; cashier for panels of a few lines, else customer
    #[arg(long, value_parser = audience_of)]
    audience: Option<Audience>,
    /// ISO 4217 code of the amounts
    #[arg(long, default_value = sample::EUR, value_parser = currency_of)]
    currency: Currency,
    /// The shop's name
    #[arg(long, default_value = sample::SHOP)]
    shop: String,
    /// The shop's logo, a PNG picture
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// What customers see while nothing is sold: name, clock or picture
    #[arg(long, default_value = "name", value_parser = idle_of)]
    idle: Idle,
}

pub(super) fn panel_of(name: &str) -> Result<PanelSpec, String> {
    let names: Vec<_> = PANELS.iter().map(|panel| panel.name).collect();
    panel::find(name).copied().ok_or_else(|| format!("there is no panel `{name}`; use {}", names.join(", ")))
}

fn audience_of(name: &str) -> Result<Audience, String> {
    match name {
        "customer" => Ok(Audience::Customer),
        "cashier" => Ok(Audience::Cashier),
        _ => Err(format!("`{name}` stands in front of no panel; use customer or cashier")),
    }
}

fn currency_of(code: &str) -> Result<Currency, String> {
    Currency::from_code(code)
        .ok_or_else(|| format!("`{code}` is not an ISO 4217 currency code; write three letters such as EUR"))
}

fn idle_of(name: &str) -> Result<Idle, String> {
    match name {
        "name" => Ok(Idle::Name),
        "clock" => Ok(Idle::Clock),
        "picture" => Ok(Idle::Picture),
        _ => Err(format!("`{name}` is not shown; use name, clock or picture")),
    }
}

/// Exit codes after sysexits.
const USAGE: u8 = 64;
const NO_INPUT: u8 = 66;
const CANNOT_CREATE: u8 = 73;

/// Draws what the arguments ask for. Ends with 64 where the scene is not known, with 66 where the logo cannot
/// be read, with 73 where a file cannot be written; the reason is one line on standard error.
///
/// # Errors
/// Where standard output cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let samples = sample::all(args.currency.code());
    if args.list {
        return match list(&samples) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).context("cannot print the list")
            }
            Ok(()) | Err(_) => Ok(ExitCode::SUCCESS),
        };
    }
    let output = args.output.as_deref().unwrap_or(Path::new("."));
    let drawn = if args.all { all(&args, &samples, output) } else { one(&args, &samples, output) };
    Ok(match drawn {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            eprintln!("qrtill draw: {refused}");
            ExitCode::from(refused.exit_code())
        }
    })
}

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("there is no scene `{0}`; `qrtill draw --list` names them all")]
    NoScene(String),
    #[error("{}: {why}", file.display())]
    Logo { file: PathBuf, why: String },
    #[error("cannot write {}: {source}", file.display())]
    Write { file: PathBuf, source: io::Error },
}

impl Refused {
    fn exit_code(&self) -> u8 {
        match self {
            Self::NoScene(_) => USAGE,
            Self::Logo { .. } => NO_INPUT,
            Self::Write { .. } => CANNOT_CREATE,
        }
    }
}

fn list(samples: &[Sample]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "panels")?;
    for panel in PANELS {
        writeln!(out, "  {}", panel.name)?;
    }
    writeln!(out, "scenes")?;
    for sample in samples {
        writeln!(out, "  {}", sample.name)?;
    }
    Ok(())
}

fn one(args: &Args, samples: &[Sample], file: &Path) -> Result<(), Refused> {
    let name = args.scene.as_deref().unwrap_or_default();
    let sample = samples.iter().find(|sample| sample.name == name);
    let sample = sample.ok_or_else(|| Refused::NoScene(name.to_owned()))?;
    let panel = args.panel.unwrap_or(PANELS[0]);
    let mut painter = painter(args, panel, args.lang.unwrap_or_default())?;
    let drawn = painter.draw_at(&sample.view, 0, sample::AT_UNIX_MS);
    if let Code::TooLong(why) = &drawn.code {
        eprintln!("no code on {}: {why}", panel.name);
    }
    write(file, &png::encode(&drawn.frame))
}

fn all(args: &Args, samples: &[Sample], folder: &Path) -> Result<(), Refused> {
    let refused = |source| Refused::Write { file: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(refused)?;
    for panel in PANELS.iter().filter(|panel| args.panel.is_none_or(|asked| asked.name == panel.name)) {
        for lang in Lang::ALL.into_iter().filter(|lang| args.lang.is_none_or(|asked| asked == *lang)) {
            let mut painter = painter(args, *panel, lang)?;
            for sample in samples {
                let drawn = painter.draw_at(&sample.view, 0, sample::AT_UNIX_MS);
                let file = folder.join(format!("{}-{}-{lang}.png", panel.name, sample.name));
                write(&file, &png::encode(&drawn.frame))?;
            }
            let file = folder.join(format!("sheet-{}-{lang}.png", panel.name));
            write(&file, &png::encode(&sheet::draw(&mut painter, samples)))?;
        }
    }
    Ok(())
}

fn painter(args: &Args, panel: PanelSpec, lang: Lang) -> Result<Painter, Refused> {
    let audience = args.audience.unwrap_or_else(|| Audience::of(&panel));
    let logo = args.logo.as_deref().map(read_logo).transpose()?;
    Ok(Painter::new(panel, audience, lang, &args.shop).with_idle(args.idle, logo))
}

fn read_logo(file: &Path) -> Result<Image, Refused> {
    let refused = |why: String| Refused::Logo { file: file.to_owned(), why };
    let bytes = fs::read(file).map_err(|error| refused(error.to_string()))?;
    png::decode(&bytes).map_err(|error| refused(error.to_string()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Refused> {
    fs::write(file, bytes).map_err(|source| Refused::Write { file: file.to_owned(), source })
}
