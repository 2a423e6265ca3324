//! What `cargo xtask start` takes on its command line, and the addresses that follow from it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lexopt::{Arg::Long, ValueExt};

use crate::process::{self, Interrupted};
use crate::{paths, progress};

const USAGE: &str = "cargo xtask start [options]

  --json             print one line of JSON on stdout once everything is ready
  --port N           the Worker's port (8787)
  --page-port N      the demo page's port (8788)
  --zoom-port N      the Zoom sandbox's port (8789)
  --state DIR        where to keep databases, keys and logs (.isthmus)
  --origin URL       one more origin that may use the development project
  --no-build         start what was built before";

/// What to start and where.
pub(crate) struct Options {
    pub(crate) json: bool,
    pub(crate) port: u16,
    pub(crate) page_port: u16,
    pub(crate) zoom_port: u16,
    pub(crate) state: PathBuf,
    pub(crate) origins: Vec<String>,
    pub(crate) build: bool,
}

impl Options {
    /// Reads the arguments; `None` when they only asked for help.
    pub(crate) fn read(arguments: Vec<OsString>) -> Result<Option<Self>> {
        let mut options = Self {
            json: false,
            port: 8787,
            page_port: 8788,
            zoom_port: 8789,
            state: paths::root().join(".isthmus"),
            origins: Vec::new(),
            build: true,
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("json") => options.json = true,
                Long("port") => options.port = parser.value()?.parse()?,
                Long("page-port") => options.page_port = parser.value()?.parse()?,
                Long("zoom-port") => options.zoom_port = parser.value()?.parse()?,
                Long("state") => options.state = std::path::absolute(parser.value()?)?,
                Long("origin") => options.origins.push(parser.value()?.string()?),
                Long("no-build") => options.build = false,
                Long("help") => {
                    progress::line(USAGE);
                    return Ok(None);
                }
                other => return Err(other.unexpected()).context(USAGE),
            }
        }
        Ok(Some(options))
    }

    /// The Worker is on an address, the other two on a name: cookies ignore ports, and the sandbox and
    /// the page must not receive the Worker's.
    pub(crate) fn worker_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where the operator signs in.
    pub(crate) fn console_url(&self) -> String {
        format!("{}/console", self.worker_url())
    }

    pub(crate) fn page_url(&self) -> String {
        format!("http://localhost:{}", self.page_port)
    }

    pub(crate) fn zoom_url(&self) -> String {
        format!("http://localhost:{}", self.zoom_port)
    }

    /// Names the port that is taken and the option that chooses another. A start that ends at this
    /// moment may need a little longer.
    pub(crate) fn addresses_are_free(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(3);
        loop {
            match self.taken_port() {
                None => return Ok(()),
                Some(_) if process::interrupted() => return Err(Interrupted.into()),
                Some(_) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Some((option, port, whose)) => bail!(
                    "port {port}, meant for {whose}, is in use; end the program that holds it (perhaps \
                     another `cargo xtask start`) or choose another one with {option} N"
                ),
            }
        }
    }

    fn taken_port(&self) -> Option<(&'static str, u16, &'static str)> {
        let ports = [
            ("--port", self.port, "the Worker"),
            ("--page-port", self.page_port, "the demo page"),
            ("--zoom-port", self.zoom_port, "the Zoom sandbox"),
        ];
        ports.into_iter().find(|(_, port, _)| {
            is_taken(Ipv4Addr::LOCALHOST.into(), *port)
                || is_taken(Ipv6Addr::LOCALHOST.into(), *port)
        })
    }
}

/// A machine without IPv6 refuses for another reason, which is none of ours.
fn is_taken(address: IpAddr, port: u16) -> bool {
    TcpListener::bind((address, port)).is_err_and(|problem| {
        matches!(problem.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
    })
}
