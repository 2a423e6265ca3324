//! One attempt to connect, as the page that opened the window sees it: a pure state machine over signals that race.
//! It decides when the Worker is asked and which signal settles the attempt. Opening the window, reading the clock,
//! asking and telling the page are `attempt.rs`'s.

/// Milliseconds of the page's clock.
pub type Millis = u64;

/// How long after our own navigation a handle that reads `closed` was cut by the provider's
/// `Cross-Origin-Opener-Policy`, not closed by a person.
const CUT_WITHIN: Millis = 1_200;
/// How long the page must have the focus again before a closed window is believed.
const FOCUSED_FOR: Millis = 2_000;
/// The first pause between two polls; each next one is half as long again.
const FIRST_PAUSE: Millis = 1_000;
/// The longest pause between two polls.
const LONGEST_PAUSE: Millis = 3_000;
/// How long a success is still waited for once a closed window was believed.
const LATE_FOR: Millis = 180_000;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A moment passed: what the window's handle and the page's focus read now.
    Tick {
        /// The moment.
        now: Millis,
        /// What `window.closed` of the popup reads.
        closed: bool,
        /// What `document.hasFocus()` of the page reads.
        focused: bool,
    },
    /// The popup's page said that something has happened.
    Message,
    /// The popup's page said that it goes on to the provider, whose page may cut the handle; or that it is there to stay.
    Navigated {
        /// The moment; 0 when it stays.
        at: Millis,
    },
    /// The page closed the window itself.
    Closed,
    /// The Worker answered a poll.
    Polled {
        /// The moment.
        now: Millis,
        /// Its answer.
        answer: Answer,
    },
    /// A newer attempt, a sign-out or another user took this attempt's place.
    Superseded,
}

/// What a poll of the session brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing decided yet.
    Open,
    /// The account is connected.
    Done {
        /// The credential that was made or renewed.
        credential_id: Option<String>,
    },
    /// The attempt failed for good.
    Failed(Failure),
    /// The portal is closed, or its time is over.
    Ended,
    /// No answer, or one that may be different next time.
    Unreachable,
}

/// Why the Worker says that an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The stable code of the edge.
    pub code: String,
    /// A sentence for the developer.
    pub message: String,
}

/// What is to be done about a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask the Worker for the session.
    Poll,
    /// Tell the page. After [`Outcome::WindowClosed`] this can come once more, with [`Outcome::Connected`].
    Settle(Outcome),
}

/// How an attempt ended for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The account is connected.
    Connected {
        /// The credential that was made or renewed.
        credential_id: Option<String>,
    },
    /// The Worker says that it failed.
    Failed(Failure),
    /// The person closed the window; a late success can still follow.
    WindowClosed,
    /// It took longer than the page allows.
    TimedOut,
    /// Another attempt took its place.
    Superseded,
}

/// The attempt. Made when the window was sent to the start page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Popup {
    navigated: Millis,
    deadline: Millis,
    handle: Handle,
    asking: Asking,
    pause: Millis,
    last: Option<Last>,
    stage: Stage,
}

/// What is known about the window's handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handle {
    Alive,
    /// It reads `closed`, but says nothing about the window any more.
    Cut,
    /// It reads `closed`; the page has had the focus since then.
    Closed {
        focused_since: Option<Millis>,
    },
}

/// Where the conversation with the Worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// Ask at this moment.
    At(Millis),
    /// Asked; something happened since then, so ask `again` once the answer is here.
    Now { again: bool },
}

/// Why the poll under way is the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Closed,
    Deadline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The page waits.
    Waiting,
    /// The page was told that the window is closed; a success can still come.
    Late,
    Over,
}

impl Popup {
    /// An attempt whose window was sent to the start page at `now` and that may take `timeout` from then on.
    pub fn new(now: Millis, timeout: Millis) -> Self {
        Self {
            navigated: now,
            deadline: now.saturating_add(timeout),
            handle: Handle::Alive,
            asking: Asking::At(now.saturating_add(FIRST_PAUSE)),
            pause: FIRST_PAUSE,
            last: None,
            stage: Stage::Waiting,
        }
    }

    /// Whether nothing can follow any more.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Whether the handle still speaks for the window, so that a message must come from it.
    pub fn has_window(&self) -> bool {
        self.handle == Handle::Alive
    }

    /// Takes one signal in and says what is to be done about it.
    pub fn on(mut self, signal: Signal) -> (Self, Option<Step>) {
        if self.is_over() {
            return (self, None);
        }
        let step = match signal {
            Signal::Tick { now, closed, focused } => self.tick(now, closed, focused),
            Signal::Message => self.ask(),
            Signal::Navigated { at } => {
                self.navigated = at;
                None
            }
            Signal::Closed => self.end(Outcome::WindowClosed),
            Signal::Polled { now, answer } => self.answered(now, answer),
            Signal::Superseded => self.end(Outcome::Superseded),
        };
        (self, step)
    }

    fn tick(&mut self, now: Millis, closed: bool, focused: bool) -> Option<Step> {
        self.handle = self.look(now, closed, focused);
        if now >= self.deadline && self.last != Some(Last::Deadline) {
            self.last = Some(Last::Deadline);
            return self.ask();
        }
        if self.believes_closed(now) && self.stage == Stage::Waiting && self.last.is_none() {
            self.last = Some(Last::Closed);
            return self.ask();
        }
        match self.asking {
            Asking::At(moment) if now >= moment => self.ask(),
            _ => None,
        }
    }

    fn look(&self, now: Millis, closed: bool, focused: bool) -> Handle {
        let since = focused.then_some(now);
        match self.handle {
            Handle::Alive if !closed => Handle::Alive,
            Handle::Alive if now.saturating_sub(self.navigated) <= CUT_WITHIN => Handle::Cut,
            Handle::Alive => Handle::Closed { focused_since: since },
            Handle::Cut => Handle::Cut,
            Handle::Closed { focused_since } => {
                Handle::Closed { focused_since: focused_since.filter(|_| focused).or(since) }
            }
        }
    }

    fn believes_closed(&self, now: Millis) -> bool {
        matches!(self.handle, Handle::Closed { focused_since: Some(since) }
            if now.saturating_sub(since) >= FOCUSED_FOR)
    }

    fn ask(&mut self) -> Option<Step> {
        match self.asking {
            Asking::At(_) => {
                self.asking = Asking::Now { again: false };
                Some(Step::Poll)
            }
            Asking::Now { .. } => {
                self.asking = Asking::Now { again: true };
                None
            }
        }
    }

    fn answered(&mut self, now: Millis, answer: Answer) -> Option<Step> {
        match answer {
            Answer::Done { credential_id } => {
                self.stage = Stage::Over;
                Some(Step::Settle(Outcome::Connected { credential_id }))
            }
            Answer::Failed(failure) => self.end(Outcome::Failed(failure)),
            Answer::Ended => self.end(Outcome::WindowClosed),
            Answer::Open | Answer::Unreachable => self.undecided(now),
        }
    }

    fn undecided(&mut self, now: Millis) -> Option<Step> {
        if self.asking == (Asking::Now { again: true }) {
            self.asking = Asking::Now { again: false };
            return Some(Step::Poll);
        }
        self.pause = (self.pause + self.pause / 2).min(LONGEST_PAUSE);
        self.asking = Asking::At(now.saturating_add(self.pause));
        match self.last {
            None => None,
            Some(Last::Deadline) => self.end(Outcome::TimedOut),
            Some(Last::Closed) => {
                self.last = None;
                self.stage = Stage::Late;
                self.deadline = self.deadline.min(now.saturating_add(LATE_FOR));
                Some(Step::Settle(Outcome::WindowClosed))
            }
        }
    }

    /// Ends the attempt; a page that was told of the closed window is not told of a second failure.
    fn end(&mut self, outcome: Outcome) -> Option<Step> {
        let told = self.stage == Stage::Late;
        self.stage = Stage::Over;
        (!told).then_some(Step::Settle(outcome))
    }
}

#[cfg(test)]
mod tests;
