//! The headers of a message (RFC 9110 §5), in their order. A list of our own, because the `http` crate's map with its
//! table of known names costs the Worker 6 kB for the dozen headers that a request has.

/// Names in lower case with their values. A value never holds a line break.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first value of a header; `name` in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Every value of a header; `name` in lower case.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(other, _)| *other == name).map(|(_, value)| value)
    }

    /// All headers, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets a header, instead of what it had. A value that is none is left out.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.append(name, value);
    }

    /// Takes a header off; its first value, if it was there. `name` in lower case.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let first = self.get(name).map(str::to_owned);
        self.0.retain(|(other, _)| other != name);
        first
    }

    /// Adds a header to what it has. A value that is none is left out.
    pub fn append(&mut self, name: &str, value: &str) {
        let sound = |letter: char| letter == '\t' || !letter.is_ascii_control();
        if value.chars().all(sound) {
            self.0.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
}

impl std::fmt::Debug for Headers {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_one_value_when_set_and_several_when_appended() {
        let mut headers = Headers::default();
        headers.set("Vary", "Accept");
        headers.append("vary", "Origin");
        assert_eq!(headers.get_all("vary").collect::<Vec<_>>(), ["Accept", "Origin"]);
        headers.set("VARY", "Cookie");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("vary", "Cookie")]);
        assert_eq!(headers.take("vary").as_deref(), Some("Cookie"));
        assert_eq!((headers.take("vary"), headers.iter().count()), (None, 0));
    }

    #[test]
    fn a_value_cannot_begin_another_header() {
        let mut headers = Headers::default();
        headers.set("location", "x\r\nset-cookie: a=1");
        assert_eq!(headers.get("location"), None);
    }
}
