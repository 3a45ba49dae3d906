//! Paging by number and size.

use super::body::Fields;
use crate::error::Result;

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many items come before it.
    pub offset: i64,
    /// The most items it holds, at least 1.
    pub limit: i64,
}

impl Page {
    /// The page asked for by the fields `page`, which counts from 1, and `limit`, which is `default` when absent and kept
    /// between 1 and `max`.
    pub fn read(fields: &Fields, default: i64, max: i64) -> Result<Self> {
        Ok(Self::new(
            fields.int("page")?.unwrap_or(1),
            fields.int("limit")?.unwrap_or(default),
            max,
        ))
    }

    /// The page of a number, from 1, and a size; both are brought into range.
    pub fn new(number: i64, size: i64, max: i64) -> Self {
        let limit = size.min(max).max(1);
        Self {
            offset: number.max(1).saturating_sub(1).saturating_mul(limit),
            limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn numbers_out_of_range_are_brought_into_it() {
        let cases = [
            ((1, 50), (0, 50)),
            ((3, 20), (40, 20)),
            ((0, 0), (0, 1)),
            ((-7, -7), (0, 1)),
            ((2, 501), (500, 500)),
            ((i64::MAX, i64::MAX), (i64::MAX, 500)),
        ];
        for ((number, size), (offset, limit)) in cases {
            assert_eq!(
                Page::new(number, size, 500),
                Page { offset, limit },
                "page {number} of {size}"
            );
        }
    }

    #[actix_web::test]
    async fn the_fields_choose_the_page() {
        let cases = [
            ("/", 0, 50),
            ("/?page=2", 50, 50),
            ("/?page=2&limit=7", 7, 7),
            ("/?page=&limit=9999", 0, 500),
        ];
        for (uri, offset, limit) in cases {
            let (req, payload) = TestRequest::with_uri(uri).to_http_parts();
            let fields = Fields::read(&req, payload, 0).await.unwrap();
            assert_eq!(
                Page::read(&fields, 50, 500).unwrap(),
                Page { offset, limit },
                "{uri}"
            );
        }
    }

    #[actix_web::test]
    async fn a_page_that_is_no_number_is_invalid() {
        let (req, payload) = TestRequest::with_uri("/?page=-1").to_http_parts();
        let fields = Fields::read(&req, payload, 0).await.unwrap();
        assert!(Page::read(&fields, 50, 500).is_err());
    }
}
