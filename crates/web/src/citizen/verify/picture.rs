//! Reads the QR code in a picture that a stranger sends.

use std::{io::Cursor, sync::LazyLock};

use image::{ImageReader, Limits};
use tokio::sync::Semaphore;

/// The most bytes of a picture.
pub(in crate::citizen) const LARGEST: usize = 5 * 1024 * 1024;
/// The most pixels along a side, and the most memory that decoding may take.
const LONGEST_SIDE: u32 = 6_000;
const MEMORY: u64 = 160 * 1024 * 1024;
/// What is looked at has at most so many pixels along a side: a code that a person can scan is larger than that needs.
const LOOKED_AT: u32 = 1_600;
/// Pictures that are looked at at once: each takes a processor for a while.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// The text of the first QR code in the picture; none if there is none, or if it is no picture.
pub(super) async fn read(bytes: axum::body::Bytes) -> Option<String> {
    let _turn = AT_ONCE.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || decode(&bytes)).await.ok().flatten()
}

fn decode(bytes: &[u8]) -> Option<String> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let picture = if picture.width().max(picture.height()) > LOOKED_AT {
        picture.thumbnail(LOOKED_AT, LOOKED_AT)
    } else {
        picture
    };
    let gray = picture.into_luma8();
    let (width, height) = (usize::try_from(gray.width()).ok()?, usize::try_from(gray.height()).ok()?);
    let pixel = |x: usize, y: usize| {
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        gray.get_pixel_checked(at(x), at(y)).map_or(255, |pixel| pixel.0[0])
    };
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Luma};
    use qrcode::QrCode;

    use super::*;

    fn png(text: &str) -> Vec<u8> {
        let code = QrCode::new(text).unwrap();
        let width = u32::try_from(code.width()).unwrap();
        let colors = code.to_colors();
        let dark = |x: u32, y: u32| {
            let (x, y) = ((x / 8).checked_sub(4), (y / 8).checked_sub(4));
            let inside = x.zip(y).filter(|(x, y)| *x < width && *y < width);
            inside.is_some_and(|(x, y)| colors[(y * width + x) as usize] == qrcode::Color::Dark)
        };
        let side = (width + 8) * 8;
        let picture = image::ImageBuffer::from_fn(side, side, |x, y| Luma([if dark(x, y) { 0_u8 } else { 255 }]));
        let mut bytes = Vec::new();
        image::DynamicImage::ImageLuma8(picture).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn code_is_read_from_a_picture() {
        let address = "https://munadi.example/notices/ntc_01jd6z3v9we7fbvk3xq5m8n2rt";
        assert_eq!(decode(&png(address)).as_deref(), Some(address));
    }

    #[test]
    fn what_is_no_picture_is_no_code() {
        let mut bomb = png("x");
        // A header that claims 60,000 × 60,000 pixels.
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        for bytes in [&b""[..], b"GIF89a", b"\x89PNG\r\n\x1a\n", &bomb, &[0xff; 4_096]] {
            assert_eq!(decode(bytes), None);
        }
    }
}
