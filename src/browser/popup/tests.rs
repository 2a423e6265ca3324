//! The races of an attempt to connect, signal by signal.

use super::*;

const TIMEOUT: Millis = 180_000;

/// Feeds signals to a fresh attempt that navigated at 0 and keeps what it wanted done.
fn told(signals: &[Signal]) -> (Popup, Vec<Step>) {
    let mut steps = Vec::new();
    let mut popup = Popup::new(0, TIMEOUT);
    for signal in signals {
        let (next, step) = popup.on(signal.clone());
        popup = next;
        steps.extend(step);
    }
    (popup, steps)
}

fn tick(now: Millis) -> Signal {
    Signal::Tick { now, closed: false, focused: false }
}

fn closed(now: Millis, focused: bool) -> Signal {
    Signal::Tick { now, closed: true, focused }
}

fn polled(now: Millis, answer: Answer) -> Signal {
    Signal::Polled { now, answer }
}

fn done() -> Answer {
    Answer::Done { credential_id: Some("cred_1".into()) }
}

fn failure() -> Failure {
    Failure { code: "consent_declined".into(), message: "No.".into() }
}

fn connected() -> Step {
    Step::Settle(Outcome::Connected { credential_id: Some("cred_1".into()) })
}

const CLOSED: Step = Step::Settle(Outcome::WindowClosed);

#[test]
fn the_first_poll_comes_after_a_second_and_the_pauses_grow_to_three() {
    let mut popup = Popup::new(0, TIMEOUT);
    let mut polls = Vec::new();
    for now in (0..12_000).step_by(100) {
        let (next, step) = popup.on(tick(now));
        popup = next;
        if step == Some(Step::Poll) {
            polls.push(now);
            popup = popup.on(polled(now, Answer::Open)).0;
        }
    }
    assert_eq!(polls, [1_000, 2_500, 4_800, 7_800, 10_800]);
}

#[test]
fn a_message_only_wakes_the_poll() {
    let (popup, steps) = told(&[Signal::Message]);
    assert_eq!(steps, [Step::Poll]);
    assert!(!popup.is_over());
}

#[test]
fn a_message_during_a_poll_asks_once_more_afterwards() {
    let (_, steps) = told(&[
        tick(1_000),
        Signal::Message,
        Signal::Message,
        polled(1_100, Answer::Open),
        polled(1_200, Answer::Open),
    ]);
    assert_eq!(steps, [Step::Poll, Step::Poll]);
}

#[test]
fn success_settles_once_and_nothing_follows() {
    let (popup, steps) =
        told(&[tick(1_000), polled(1_100, done()), Signal::Superseded, tick(TIMEOUT)]);
    assert_eq!(steps, [Step::Poll, connected()]);
    assert!(popup.is_over());
}

#[test]
fn failure_settles() {
    let (popup, steps) = told(&[tick(1_000), polled(1_100, Answer::Failed(failure()))]);
    assert_eq!(steps, [Step::Poll, Step::Settle(Outcome::Failed(failure()))]);
    assert!(popup.is_over());
}

#[test]
fn a_handle_that_closes_right_after_our_navigation_was_cut_and_says_nothing() {
    let (popup, steps) = told(&[
        closed(100, true),
        closed(2_000, true),
        polled(2_100, Answer::Open),
        closed(60_000, true),
        polled(60_100, Answer::Open),
    ]);
    assert_eq!(steps, [Step::Poll, Step::Poll]);
    assert!(!popup.has_window());
    let (_, step) = popup.on(polled(60_200, done()));
    assert_eq!(step, Some(connected()));
}

#[test]
fn a_closed_window_counts_down_only_while_the_page_has_the_focus() {
    let (_, steps) = told(&[
        polled(1_100, Answer::Unreachable),
        closed(2_000, false),
        closed(2_500, true),
        closed(3_000, false),
        closed(3_500, true),
        closed(4_500, true),
    ]);
    assert_eq!(steps, [Step::Poll]);
}

#[test]
fn after_the_countdown_one_last_poll_decides() {
    let hints = [polled(1_100, Answer::Open), closed(2_000, true), closed(4_000, true)];
    let (popup, steps) = told(&hints);
    assert_eq!(steps, [Step::Poll]);
    assert_eq!(popup.clone().on(polled(4_100, done())).1, Some(connected()));
    assert_eq!(popup.clone().on(polled(4_100, Answer::Open)).1, Some(CLOSED));
    assert_eq!(popup.on(polled(4_100, Answer::Unreachable)).1, Some(CLOSED));
}

#[test]
fn a_poll_sent_before_the_countdown_ended_is_not_the_last_one() {
    let (_, steps) = told(&[
        closed(1_300, true),
        closed(3_300, true),
        polled(3_400, Answer::Open),
        polled(3_500, Answer::Open),
    ]);
    assert_eq!(steps, [Step::Poll, Step::Poll, CLOSED]);
}

#[test]
fn a_late_success_is_told_once_and_a_late_failure_is_not_told() {
    let hints = [
        polled(1_100, Answer::Open),
        closed(2_000, true),
        closed(4_000, true),
        polled(4_100, Answer::Open),
        closed(8_000, true),
    ];
    let (popup, steps) = told(&hints);
    assert_eq!(steps, [Step::Poll, CLOSED, Step::Poll]);
    let (over, step) = popup.clone().on(polled(8_100, done()));
    assert_eq!((over.is_over(), step), (true, Some(connected())));
    let (over, step) = popup.clone().on(polled(8_100, Answer::Failed(failure())));
    assert_eq!((over.is_over(), step), (true, None));
    let (over, step) = popup.on(Signal::Superseded);
    assert_eq!((over.is_over(), step), (true, None));
}

#[test]
fn waiting_for_a_late_success_ends_at_the_deadline_without_a_word() {
    let (popup, steps) = told(&[
        polled(1_100, Answer::Open),
        closed(2_000, true),
        closed(4_000, true),
        polled(4_100, Answer::Open),
        closed(TIMEOUT, true),
        polled(TIMEOUT, Answer::Open),
    ]);
    assert_eq!(steps, [Step::Poll, CLOSED, Step::Poll]);
    assert!(popup.is_over());
}

#[test]
fn the_deadline_asks_a_last_time_before_it_gives_up() {
    let (popup, steps) = told(&[polled(1, Answer::Open), tick(TIMEOUT), tick(TIMEOUT + 100)]);
    assert_eq!(steps, [Step::Poll]);
    let outcome = popup.clone().on(polled(TIMEOUT + 200, Answer::Open)).1;
    assert_eq!(outcome, Some(Step::Settle(Outcome::TimedOut)));
    assert_eq!(popup.on(polled(TIMEOUT + 200, done())).1, Some(connected()));
}

#[test]
fn a_superseded_attempt_says_so_and_hears_nothing_more() {
    let (popup, steps) = told(&[tick(1_000), Signal::Superseded, polled(1_100, done())]);
    assert_eq!(steps, [Step::Poll, Step::Settle(Outcome::Superseded)]);
    assert!(popup.is_over());
}

#[test]
fn a_handle_that_closes_right_after_the_page_has_left_for_the_provider_was_cut() {
    let (popup, steps) = told(&[
        tick(60_000),
        polled(60_100, Answer::Open),
        Signal::Navigated { at: 61_000 },
        closed(62_000, true),
        closed(70_000, true),
        polled(70_100, Answer::Open),
    ]);
    assert_eq!(steps, [Step::Poll, Step::Poll]);
    assert!(!popup.has_window() && !popup.is_over());
}

#[test]
fn a_portal_that_has_ended_is_a_closed_window_and_nothing_follows() {
    for ended in [polled(1_100, Answer::Ended), Signal::Closed] {
        let (popup, steps) = told(&[tick(1_000), ended, polled(1_200, done())]);
        assert_eq!(steps, [Step::Poll, CLOSED]);
        assert!(popup.is_over());
    }
}

#[test]
fn a_late_success_is_waited_for_three_minutes_however_long_the_attempt_may_take() {
    let mut popup = Popup::new(0, 10 * TIMEOUT);
    for signal in [
        polled(1_100, Answer::Open),
        closed(2_000, true),
        closed(4_000, true),
        polled(4_100, Answer::Open),
        closed(4_100 + TIMEOUT, true),
        polled(4_200 + TIMEOUT, Answer::Open),
    ] {
        popup = popup.on(signal).0;
    }
    assert!(popup.is_over());
}

#[test]
fn a_handle_that_closes_after_its_page_has_come_to_stay_was_closed() {
    let mut popup = Popup::new(50_000, TIMEOUT);
    let mut steps = Vec::new();
    for signal in [
        Signal::Navigated { at: 0 },
        closed(50_100, true),
        closed(52_100, true),
        polled(52_200, Answer::Open),
    ] {
        let (next, step) = popup.on(signal);
        popup = next;
        steps.extend(step);
    }
    assert_eq!(steps, [Step::Poll, CLOSED]);
}
