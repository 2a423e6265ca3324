//! Starts and ends what the chores run. Every child leads a process group of its own and is ended by
//! that group's id, so that nothing it started in turn stays behind. A guard process does the same
//! when the chore itself is killed without a chance to clean up.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, PipeWriter, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::progress;

/// The hidden chore name under which this program guards another run of itself.
pub(crate) const GUARD: &str = "guard-process-groups";

/// How long a group has between being asked to end and being killed.
const GRACE: Duration = Duration::from_secs(8);

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
static GUARDED: Mutex<Option<(Child, PipeWriter)>> = Mutex::new(None);

/// The chore was told to stop (Ctrl-C, SIGTERM, SIGHUP).
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Notes the signals that ask the chore to stop. The second one ends it at once; the guard cleans up.
pub(crate) fn watch_signals() -> Result<()> {
    let stop = STOP.get_or_init(Arc::default);
    for signal in
        [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP]
    {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(stop))?;
        signal_hook::flag::register(signal, Arc::clone(stop))?;
    }
    Ok(())
}

/// Whether the chore was told to stop.
pub(crate) fn interrupted() -> bool {
    STOP.get().is_some_and(|stop| stop.load(Ordering::Relaxed))
}

/// A child process with everything it starts.
pub(crate) struct Group {
    child: Child,
    id: Pid,
    ended: bool,
}

impl Group {
    /// Starts a command as the leader of a new group, without standard input unless it has one.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        summon_guard()?;
        let child =
            command.process_group(0).spawn().with_context(|| format!("cannot start {program}"))?;
        let id = Pid::from_raw(i32::try_from(child.id())?);
        tell_guard('+', id);
        Ok(Self { child, id, ended: false })
    }

    /// The captured standard output, once.
    pub(crate) fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// The status when the leader has exited.
    pub(crate) fn exited(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for the leader; told to stop meanwhile, it ends the group and answers `Interrupted`.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        let mut pause = Duration::from_millis(2);
        loop {
            if let Some(status) = self.exited()? {
                return Ok(status);
            }
            if interrupted() {
                self.end();
                return Err(Interrupted.into());
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Asks the group to end, waits, and kills what is left after the grace time.
    pub(crate) fn end(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        let _ = killpg(self.id, Signal::SIGTERM);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            // The leader must be reaped, otherwise its group never counts as empty.
            let _ = self.child.try_wait();
            if killpg(self.id, None).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = killpg(self.id, Signal::SIGKILL);
        let _ = self.child.wait();
        tell_guard('-', self.id);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a command to its end, its output on stderr. A failure names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    let status = Group::spawn(command)?.wait()?;
    succeed(command, status)
}

/// Runs a long command whose output nobody wants to read: a log file, a sign of life now and then,
/// and the end of the log when it fails. On a terminal its own progress is shown instead.
pub(crate) fn run_long(command: &mut Command, log: &std::path::Path) -> Result<()> {
    if progress::is_watched() {
        return run(command);
    }
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let mut group = Group::spawn(command)?;
    let began = Instant::now();
    let mut told = 0;
    let status = loop {
        if let Some(status) = group.exited()? {
            break status;
        }
        if interrupted() {
            return Err(Interrupted.into());
        }
        let elapsed = began.elapsed().as_secs();
        if elapsed >= told + 20 {
            told = elapsed;
            progress::line(&format!("    {elapsed} s: {}", last_lines(log, 1).trim()));
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    if !status.success() {
        progress::line(&last_lines(log, 30));
    }
    succeed(command, status)
}

/// The standard output of a short command, trimmed; `None` when it is missing or fails.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The last lines of a log file, for a person to read.
pub(crate) fn last_lines(log: &std::path::Path, count: usize) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines
        .iter()
        .skip(lines.len().saturating_sub(count))
        .fold(String::new(), |all, line| all + "    " + line + "\n")
}

/// Turns a failed status into an error that names the command.
pub(crate) fn succeed(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    bail!("failed ({status}): {}", words.join(" "))
}

/// Starts the guard once for this run.
fn summon_guard() -> Result<()> {
    let mut guarded = GUARDED.lock().map_err(|_| anyhow::anyhow!("the guard is poisoned"))?;
    if guarded.is_some() {
        return Ok(());
    }
    let (reader, writer) = std::io::pipe()?;
    let guard = Command::new(std::env::current_exe()?)
        .arg(GUARD)
        .stdin(reader)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("cannot start the guard process")?;
    *guarded = Some((guard, writer));
    Ok(())
}

fn tell_guard(sign: char, id: Pid) {
    if let Ok(mut guarded) = GUARDED.lock()
        && let Some((_, pipe)) = guarded.as_mut()
    {
        let _ = writeln!(pipe, "{sign}{id}");
    }
}

/// Ends the guard of an orderly run and waits for it.
pub(crate) fn dismiss_guard() {
    if let Ok(mut guarded) = GUARDED.lock()
        && let Some((mut guard, pipe)) = guarded.take()
    {
        drop(pipe);
        let _ = guard.wait();
    }
}

/// The guard: reads `+id` and `-id` lines until the other run is gone, then ends the groups left over.
pub(crate) fn guard() -> ExitCode {
    let mut groups = BTreeSet::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let (sign, id) = line.split_at_checked(1).unwrap_or_default();
        match (sign, id.parse::<i32>()) {
            ("+", Ok(id)) if id > 1 => groups.insert(id),
            ("-", Ok(id)) => groups.remove(&id),
            _ => false,
        };
    }
    for id in &groups {
        let _ = killpg(Pid::from_raw(*id), Signal::SIGTERM);
    }
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline && !groups.is_empty() {
        groups.retain(|id| killpg(Pid::from_raw(*id), None).is_ok());
        std::thread::sleep(Duration::from_millis(20));
    }
    for id in &groups {
        let _ = killpg(Pid::from_raw(*id), Signal::SIGKILL);
    }
    ExitCode::SUCCESS
}
