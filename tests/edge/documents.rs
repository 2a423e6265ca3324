//! The table of failures in the README says what the code says.

use isthmus::edge::Code;

#[test]
fn the_readme_lists_every_failure_with_its_status_and_message() {
    let readme = include_str!("../../README.md");
    let rows: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            let (text, number) = (code.text(), code.event_code());
            format!("| `{text}` | {} | {number} | {} |", code.status().as_u16(), code.message())
        })
        .collect();
    let listed: Vec<&str> = readme
        .lines()
        .skip_while(|line| *line != "| `code` | status | `event_code` | what to do |")
        .skip(2)
        .collect();
    let listed: Vec<&str> = listed.into_iter().take_while(|line| line.starts_with("| `")).collect();
    assert_eq!(listed, rows, "put these rows into the README:\n{}", rows.join("\n"));
}
