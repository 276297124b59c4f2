//! A frame as a PNG picture, and back. Decides nothing: every pixel comes from the frame.

use crate::port::panel::Frame;

/// The frame as an 8-bit RGB PNG, without alpha or colour profile.
#[must_use]
pub fn encode(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frame.width(), frame.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&frame.rgb888()));
    written.expect("writing a frame of its own size into memory cannot fail");
    bytes
}

#[cfg(test)]
mod tests {
    use embedded_graphics::pixelcolor::Rgb565;
    use embedded_graphics::prelude::*;

    use super::*;

    #[test]
    fn a_picture_reads_back_with_the_same_pixels() {
        let mut frame = Frame::new(5, 3, Rgb565::WHITE);
        frame.draw_iter([Pixel(Point::new(4, 2), Rgb565::RED)]).expect("infallible");
        let picture = encode(&frame);
        let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!((info.width, info.height), (5, 3));
        assert_eq!(pixels, frame.rgb888());
    }
}
