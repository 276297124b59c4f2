//! A link as a QR code in a PNG picture, as systems offer it for printing.

use qrcode::Color;
use qrcode::QrCode;

const MODULE: usize = 8;
/// The border that readers want, in modules.
const QUIET: usize = 4;

/// `None` where the text is too long for a code.
pub fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text).ok()?;
    let side = (code.width() + 2 * QUIET) * MODULE;
    let dark = |at: usize| (at / MODULE).checked_sub(QUIET).filter(|at| *at < code.width());
    let mut pixels = Vec::with_capacity(side * side);
    for y in 0..side {
        for x in 0..side {
            let black = dark(x).zip(dark(y)).is_some_and(|(x, y)| code[(x, y)] == Color::Dark);
            pixels.push(if black { 0 } else { 255 });
        }
    }
    let size = u32::try_from(side).ok()?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size, size);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().ok()?.write_image_data(&pixels).ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_reads_as_the_link() {
        let url = "http://127.0.0.1:8460/bank/pay/4eC39HqL";
        let file = png(url).expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a frame");
        let side = info.width as usize;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[y * side + x]);
        let (_, text) = image.detect_grids()[0].decode().expect("a code");
        assert_eq!(text, url);
        assert_eq!(png(&"x".repeat(5000)), None);
    }
}
