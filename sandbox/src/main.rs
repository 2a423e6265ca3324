//! The program `isthmus-sandbox`: a Zoom on localhost that keeps its state in a file.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use isthmus_sandbox::{Config, Sandbox, Store};
use tokio::net::TcpListener;

const USAGE: &str = "usage: isthmus-sandbox [--port N] [--state FILE] [--client-id ID]
  [--client-secret SECRET] [--redirect-uri URI]... [--app-name NAME]
  [--secret-token TOKEN] [--webhook-retry-ms N,N,N] [--webhook-timeout-ms N]

  --port N            the port on localhost, IPv4 and IPv6 (8789; 0 takes a free one)
  --state FILE        keep users' tokens and meetings here (nothing is kept without it)
  --client-id ID      the registered app
  --client-secret S   its secret; better in the environment variable SANDBOX_CLIENT_SECRET
  --redirect-uri URI  an exact redirect URI of the app; may be repeated
  --app-name NAME     its name on the consent page
  --secret-token T    signs its webhooks; better in the environment variable SANDBOX_SECRET_TOKEN
  --webhook-retry-ms N,N,N
                      the pauses before a failed webhook is sent again (300000,1200000,3600000)
  --webhook-timeout-ms N
                      how long an endpoint may take to answer (3000)";

#[derive(Debug)]
struct Options {
    port: u16,
    store: Option<Store>,
    config: Config,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match read_options(&arguments) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the sandbox stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read_options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options { port: 8789, store: None, config: Config::default() };
    let Config { app, webhook_retries, webhook_timeout, .. } = &mut options.config;
    if let Ok(token) = std::env::var("SANDBOX_SECRET_TOKEN") {
        app.secret_token = token;
    }
    if let Ok(secret) = std::env::var("SANDBOX_CLIENT_SECRET") {
        app.client_secret = secret;
    }
    let mut arguments = arguments.iter();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?.clone();
        match name.as_str() {
            "--port" => {
                options.port = value.parse().map_err(|_| format!("{value} is no port"))?;
            }
            "--state" => options.store = Some(Store::new(value)),
            "--client-id" => app.client_id = value,
            "--client-secret" => app.client_secret = value,
            "--redirect-uri" => app.redirect_uris.push(value),
            "--app-name" => app.name = value,
            "--secret-token" => app.secret_token = value,
            "--webhook-retry-ms" => {
                *webhook_retries = value.split(',').map(millis).collect::<Result<_, _>>()?;
            }
            "--webhook-timeout-ms" => *webhook_timeout = millis(&value)?,
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok(options)
}

fn millis(text: &str) -> Result<Duration, String> {
    let number = text.trim().parse().map(Duration::from_millis);
    number.map_err(|_| format!("{text} is no number of milliseconds"))
}

async fn run(options: Options) -> io::Result<()> {
    let Options { port, store, mut config } = options;
    let mut ending = Ending::new()?;
    let four = TcpListener::bind(("127.0.0.1", port)).await.map_err(|e| in_use(port, &e))?;
    let port = four.local_addr()?.port();
    config.base_url = Some(format!("http://localhost:{port}"));
    let six = listen_on_six(port).await?;
    let sandbox = match &store {
        Some(store) => store.open(config)?,
        None => Sandbox::new(config),
    };
    println!("sandbox ready http://localhost:{port}");
    let result = tokio::select! {
        result = sandbox.clone().serve(four) => result,
        result = serve_or_wait(sandbox.clone(), six) => result,
        error = keep_or_wait(store.as_ref(), &sandbox) => Err(error),
        () = ending.asked() => Ok(()),
    };
    if let Some(store) = &store {
        store.save(&sandbox)?;
    }
    result
}

/// Browsers may take `localhost` for either address. A machine without IPv6 is fine; another
/// program on that port is not, because the browser would meet it.
async fn listen_on_six(port: u16) -> io::Result<Option<TcpListener>> {
    match TcpListener::bind(("::1", port)).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(in_use(port, &error)),
        Err(_) => Ok(None),
    }
}

async fn serve_or_wait(sandbox: Sandbox, listener: Option<TcpListener>) -> io::Result<()> {
    match listener {
        Some(listener) => sandbox.serve(listener).await,
        None => std::future::pending().await,
    }
}

async fn keep_or_wait(store: Option<&Store>, sandbox: &Sandbox) -> io::Error {
    match store {
        Some(store) => store.keep(sandbox).await,
        None => std::future::pending().await,
    }
}

fn in_use(port: u16, error: &io::Error) -> io::Error {
    let text =
        format!("port {port} on localhost cannot be taken ({error}); choose another: --port");
    io::Error::new(error.kind(), text)
}

/// SIGTERM, SIGINT and SIGHUP on Unix, Ctrl-C elsewhere.
#[cfg(unix)]
struct Ending([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Ending {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [term, int, hup] = signals.map(signal);
        Ok(Self([term?, int?, hup?]))
    }

    async fn asked(&mut self) {
        let Self([term, int, hup]) = self;
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            _ = hup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Ending;

#[cfg(not(unix))]
impl Ending {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn asked(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
