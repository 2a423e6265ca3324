//! The program: its options, its ready line, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::store::Folder;

/// A running program, killed at the end of its test.
struct Program {
    child: Child,
    port: u16,
}

impl Program {
    fn start(state: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_isthmus-sandbox"))
            .args(["--port", "0", "--state", state, "--client-id", "app"])
            .args(["--redirect-uri", "http://a.example/1", "--redirect-uri", "http://a.example/2"])
            .args(["--app-name", "Meet <us>"])
            .args(["--webhook-retry-ms", "1000,2000,4000", "--webhook-timeout-ms", "500"])
            .env("SANDBOX_CLIENT_SECRET", "from the environment")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("sandbox ready http://localhost:").unwrap();
        Self { port: port.parse().unwrap(), child }
    }

    fn ask(&self, host: &str, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect((host, self.port)).unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args([signal, &id]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn it_says_when_it_is_ready_ends_cleanly_on_a_signal_and_keeps_its_state() {
    let folder = Folder::new("program");
    let state = folder.0.join("state.json");
    let state = state.to_str().unwrap();
    let program = Program::start(state);
    let page = program.ask("127.0.0.1", "GET", "/", "");
    for part in ["Meet &lt;us&gt;", "http://a.example/1 http://a.example/2"] {
        assert!(page.contains(part), "{part} is missing");
    }
    let webhooks = program.ask("127.0.0.1", "GET", "/_sandbox/webhooks", "");
    assert!(webhooks.contains(r#""webhook_retry_ms":[1000,2000,4000]"#), "{webhooks}");
    assert!(webhooks.contains(r#""webhook_timeout_ms":500"#), "{webhooks}");
    if TcpStream::connect(("::1", program.port)).is_ok() {
        assert!(program.ask("::1", "GET", "/", "").starts_with("HTTP/1.1 200"));
    }
    let meeting = r#"{"user":"ada@acme.example","topic":"Kept over the restart"}"#;
    let made = program.ask("127.0.0.1", "POST", "/_sandbox/meetings", meeting);
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    assert_eq!(program.end("-TERM"), Some(0));

    let again = Program::start(state);
    assert!(again.ask("127.0.0.1", "GET", "/", "").contains("Kept over the restart"));
    assert_eq!(again.end("-INT"), Some(0));
}

#[test]
fn wrong_options_are_explained() {
    for arguments in [["--port", "x"], ["--nonsense", "1"], ["--webhook-retry-ms", "1,x"]] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_isthmus-sandbox")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage: isthmus-sandbox"));
    }
}
