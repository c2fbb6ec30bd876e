//! Why something sent is no photo, or could not be kept.

/// A refusal or failure; its words are in the catalogues under [`PhotoFault::code`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoFault {
    /// Nothing was sent.
    #[error("the file is empty")]
    Empty,
    /// More octets than a photo may have.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// Neither JPEG, PNG nor WebP, whatever its name says.
    #[error("no JPEG, PNG or WebP")]
    NotAnImage,
    /// It claims more pixels than any camera of a village takes.
    #[error("{width} x {height} pixels are too many")]
    TooManyPixels {
        /// As the file says.
        width: u32,
        /// As the file says.
        height: u32,
    },
    /// It begins like a picture and cannot be read.
    #[error("the picture is damaged")]
    Broken,
    /// Too many photos are being taken in.
    #[error("too many photos at once")]
    Busy,
    /// The folder or bucket does not work; logged.
    #[error("the place of photos does not work: {0}")]
    Place(String),
}

impl PhotoFault {
    /// A stable word, known to the catalogues as `problem.CODE`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            PhotoFault::Empty => "photo_empty",
            PhotoFault::TooLarge { .. } => "photo_too_large",
            PhotoFault::NotAnImage => "photo_not_image",
            PhotoFault::TooManyPixels { .. } => "photo_too_many_pixels",
            PhotoFault::Broken => "photo_broken",
            PhotoFault::Busy => "busy",
            PhotoFault::Place(_) => "photo_place_down",
        }
    }
}
