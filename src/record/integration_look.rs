//! How an integration looks to people: what its project says of it, or else the provider's own words.

use super::integration::Integration;
use crate::zoom;

impl Integration {
    /// What people see it called.
    pub fn shown_name(&self) -> &str {
        said(&self.name).unwrap_or(zoom::NAME)
    }

    /// One line about it, for the people who connect.
    pub fn shown_description(&self) -> &str {
        said(&self.description).unwrap_or(zoom::DESCRIPTION)
    }

    /// More of the same.
    pub fn shown_overview(&self) -> &str {
        said(&self.overview).unwrap_or_else(|| self.shown_description())
    }

    /// The colour of its pages: `#rrggbb`.
    pub fn shown_accent_color(&self) -> &str {
        said(&self.accent_color).unwrap_or(zoom::BRAND_COLOR)
    }
}

fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
