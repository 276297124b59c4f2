//! A frame as a PNG picture, and back. Decides nothing: every pixel comes from the frame.

use crate::port::image::Image;
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

/// A picture has at most so many pixels on either side.
pub const MOST_PIXELS: u32 = 2000;

/// Why a file is no picture of ours.
#[derive(Debug, thiserror::Error)]
pub enum BadPicture {
    #[error("it is {width}x{height} pixels, and {MOST_PIXELS}x{MOST_PIXELS} is the most")]
    TooLarge { width: u32, height: u32 },
    #[error("it is not a whole PNG file: {0}")]
    NotPng(#[from] png::DecodingError),
}

/// Reads a PNG file of any colour type and depth.
///
/// # Errors
/// Where it is none, is damaged, or has more than [`MOST_PIXELS`] on a side.
pub fn decode(bytes: &[u8]) -> Result<Image, BadPicture> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    if width > MOST_PIXELS || height > MOST_PIXELS {
        return Err(BadPicture::TooLarge { width, height });
    }
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let info = reader.next_frame(&mut pixels)?;
    pixels.truncate(info.buffer_size());
    let rgba = match info.color_type {
        png::ColorType::Rgba => pixels,
        png::ColorType::GrayscaleAlpha => {
            pixels.chunks_exact(2).flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]]).collect()
        }
        // The transformations above leave none of these.
        png::ColorType::Grayscale | png::ColorType::Rgb | png::ColorType::Indexed => Vec::new(),
    };
    Image::new(width, height, rgba).ok_or(BadPicture::TooLarge { width, height })
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

    fn written(colour: png::ColorType, depth: png::BitDepth, width: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, 1);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == png::ColorType::Indexed {
            encoder.set_palette([255, 0, 0, 0, 0, 255].to_vec());
            encoder.set_trns([255, 0].to_vec());
        }
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(data).expect("the image");
        drop(writer);
        bytes
    }

    #[test]
    fn every_colour_type_is_read_as_colours_with_cover() {
        use png::BitDepth::*;
        use png::ColorType::*;
        for (colour, depth, data, first) in [
            (Rgba, Eight, [10, 20, 30, 40].as_slice(), [10, 20, 30, 40]),
            (Rgb, Eight, &[10, 20, 30], [10, 20, 30, 255]),
            (Rgb, Sixteen, &[10, 0, 20, 0, 30, 0], [10, 20, 30, 255]),
            (Grayscale, One, &[0b1000_0000], [255, 255, 255, 255]),
            (GrayscaleAlpha, Eight, &[9, 7], [9, 9, 9, 7]),
            (Indexed, One, &[0], [255, 0, 0, 255]),
        ] {
            let image = decode(&written(colour, depth, 1, data)).expect("a picture");
            assert_eq!(image.pixels().next(), Some(first), "{colour:?} {depth:?}");
        }
    }

    #[test]
    fn a_broken_or_huge_picture_says_why() {
        let whole = written(png::ColorType::Grayscale, png::BitDepth::Eight, 2001, &[0; 2001]);
        let why = decode(&whole).expect_err("too wide").to_string();
        assert_eq!(why, "it is 2001x1 pixels, and 2000x2000 is the most");
        let why = decode(b"GIF89a").expect_err("another format").to_string();
        assert!(why.starts_with("it is not a whole PNG file: "), "{why}");
        let frame = encode(&Frame::new(40, 40, Rgb565::RED));
        for length in 0..frame.len() - 12 {
            assert!(decode(&frame[..length]).is_err(), "{length} of {}", frame.len());
        }
        assert!(decode(&frame).is_ok());
    }
}
