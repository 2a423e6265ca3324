//! The pure rules of the connection's record, one by one.

use super::*;
use crate::{
    connection::Actor,
    oauth::{TokenError, TokenResponse},
    record::grant::Status,
    secret::{AccessToken, RefreshToken},
    time::HOUR,
};

const NOW: Timestamp = Timestamp(1_795_294_260_000);
/// After whatever cool-down began by now.
const COOLED: Timestamp = NOW.plus(HOUR);

fn response(name: &str, refresh_token: Option<&str>) -> TokenResponse {
    TokenResponse {
        access_token: AccessToken::new(name),
        refresh_token: refresh_token.map(RefreshToken::new),
        expires_in: 3600,
        scope: "s".to_owned(),
        api_url: None,
    }
}

fn grant(id: &str) -> Grant {
    Grant {
        id: id.to_owned(),
        project_id: "p".to_owned(),
        integration_id: "i".to_owned(),
        provider: "zoom".to_owned(),
        user_id: format!("user of {id}"),
        provider_user_id: "z".to_owned(),
        account_id: "a".to_owned(),
        email: "ada@acme.example".to_owned(),
        display_name: "Ada".to_owned(),
        scope: "s".to_owned(),
        status: Status::Valid,
        created_at: NOW,
        connected_at: NOW,
        updated_at: NOW,
        metadata: None,
        state: None,
        ip: None,
        user_agent: None,
        expires_at: None,
        refreshed_at: None,
    }
}

fn user() -> Actor {
    Actor::here("user:u")
}

fn joined(ids: &[&str]) -> Record {
    let mut record = Record::default();
    for id in ids {
        record.join(grant(id), Some((response(id, Some("r")), NOW)), false, &user(), NOW);
    }
    record
}

fn later(milliseconds: i64) -> Timestamp {
    NOW.plus(milliseconds)
}

/// Begins a refresh and takes its answer in.
fn refresh(
    record: &mut Record,
    answer: Result<TokenResponse, TokenError>,
    at: Timestamp,
) -> Result<(), Refusal> {
    let version = record.version;
    let token = record.begin_refresh(version, false, at, None);
    assert!(matches!(token, Ok(Some(_))));
    record.settle_refresh(version, answer, at, None)
}

fn invalid_grant() -> Result<TokenResponse, TokenError> {
    Err(TokenError::Refused("invalid_grant".to_owned()))
}

fn access(record: &Record) -> String {
    record.pair.as_ref().unwrap().access_token.expose().to_owned()
}

#[test]
fn a_token_is_given_until_five_minutes_before_its_end() {
    let record = joined(&["g"]);
    assert_eq!(record.plan("g", None, later(55 * MINUTE - 1)), Plan::Give);
    assert_eq!(record.plan("g", None, later(55 * MINUTE)), Plan::Refresh);
}

#[test]
fn the_margin_of_a_short_token_is_a_quarter_of_its_life() {
    let mut record = Record::default();
    let mut short = response("a", Some("r"));
    short.expires_in = 100;
    record.join(grant("g"), Some((short, NOW)), false, &user(), NOW);
    assert_eq!(record.plan("g", None, later(75 * SECOND - 1)), Plan::Give);
    assert_eq!(record.plan("g", None, later(75 * SECOND)), Plan::Refresh);
}

#[test]
fn a_life_beyond_all_measure_does_not_panic() {
    let mut record = Record::default();
    let mut long = response("a", None);
    long.expires_in = u32::MAX;
    record.join(grant("g"), Some((long, Timestamp(i64::MAX - 1))), false, &user(), NOW);
    record.plan("g", Some(u64::MAX), Timestamp(i64::MIN));
    assert!(record.patience() > 0);
    record.vain = u32::MAX;
    assert_eq!(record.patience(), 60 * MINUTE);
}

#[test]
fn who_is_no_member_gets_nothing() {
    let record = joined(&["g"]);
    let refused = Plan::Refuse(Refusal::NotMember);
    assert_eq!(record.plan("other", None, NOW), refused);
    assert_eq!(Record::default().plan("g", None, NOW), refused);
}

#[test]
fn a_version_refused_before_the_one_in_hand_forces_nothing() {
    let mut record = joined(&["g"]);
    let refused = record.version;
    assert_eq!(record.plan("g", Some(refused), NOW), Plan::Refresh);
    refresh(&mut record, Ok(response("b", Some("s"))), NOW).unwrap();
    assert_eq!(record.plan("g", Some(refused), NOW), Plan::Give);
}

#[test]
fn a_fresh_token_refused_within_a_minute_of_a_forced_refresh_is_not_refreshed_again() {
    let mut record = joined(&["g"]);
    let version = record.version;
    assert!(record.begin_refresh(version, true, NOW, None).is_ok());
    let answer = Ok(response("b", Some("s")));
    assert_eq!(record.settle_refresh(version, answer, NOW, None), Ok(()));
    let plan = |at| record.plan("g", Some(record.version), at);
    assert_eq!(plan(later(MINUTE - 1)), Plan::Refuse(Refusal::RefusedAgain));
    assert_eq!(plan(later(MINUTE)), Plan::Refresh);
    // A clock that was put back does not lock the user out.
    assert_eq!(plan(later(-1)), Plan::Refresh);
}

#[test]
fn a_forced_refresh_that_failed_does_not_count() {
    let mut record = joined(&["g"]);
    let version = record.version;
    assert!(record.begin_refresh(version, true, later(SECOND), None).is_ok());
    let failed =
        record.settle_refresh(version, Err(TokenError::Unavailable(500)), later(SECOND), None);
    assert_eq!(failed, Err(Refusal::ProviderUnreachable));
    assert_eq!(record.plan("g", Some(version), later(31 * SECOND)), Plan::Refresh);
}

#[test]
fn a_new_pair_ends_an_hour_after_it_was_asked_for_not_after_it_was_read() {
    let mut record = joined(&["g"]);
    let version = record.version;
    assert!(record.begin_refresh(version, false, later(MINUTE), None).is_ok());
    let read_at = later(50 * MINUTE);
    let answer = Ok(response("b", Some("s")));
    assert_eq!(record.settle_refresh(version, answer, read_at, None), Ok(()));
    let pair = record.pair.as_ref().unwrap();
    assert_eq!(pair.expires_at, later(61 * MINUTE));
}

#[test]
fn without_a_new_refresh_token_the_old_one_is_kept() {
    let mut record = joined(&["g"]);
    refresh(&mut record, Ok(response("b", None)), NOW).unwrap();
    let pair = record.pair.as_ref().unwrap();
    assert_eq!(pair.refresh_token.expose(), "r");
    assert_eq!(access(&record), "b");
}

#[test]
fn a_refusal_after_a_doubt_says_that_an_answer_was_lost() {
    let mut record = joined(&["g"]);
    assert_eq!(refresh(&mut record, invalid_grant(), NOW), Err(Refusal::RefreshTokenRefused));
    for unclear in [TokenError::Unavailable(500), TokenError::Malformed] {
        let mut record = joined(&["g"]);
        refresh(&mut record, Err(unclear), NOW).unwrap_err();
        let lost = Err(Refusal::RefreshAnswerLost);
        assert_eq!(refresh(&mut record, invalid_grant(), COOLED), lost);
        assert_eq!(record.plan("g", None, COOLED), Plan::Refuse(Refusal::RefreshAnswerLost));
    }
    // Begun and never heard of again.
    let mut record = joined(&["g"]);
    let version = record.version;
    assert!(record.begin_refresh(version, false, NOW, None).is_ok());
    let lost = Err(Refusal::RefreshAnswerLost);
    assert_eq!(refresh(&mut record, invalid_grant(), NOW), lost);
}

#[test]
fn a_clear_answer_ends_the_doubt_and_a_refused_client_neither_ends_nor_makes_one() {
    let mut record = joined(&["g"]);
    refresh(&mut record, Err(TokenError::Unavailable(500)), NOW).unwrap_err();
    refresh(&mut record, Ok(response("b", Some("s"))), COOLED).unwrap();
    refresh(&mut record, Err(TokenError::ClientRefused), COOLED).unwrap_err();
    let refused = Err(Refusal::RefreshTokenRefused);
    assert_eq!(refresh(&mut record, invalid_grant(), COOLED.plus(HOUR)), refused);
    let mut record = joined(&["g"]);
    refresh(&mut record, Err(TokenError::Unavailable(500)), NOW).unwrap_err();
    refresh(&mut record, Err(TokenError::ClientRefused), COOLED).unwrap_err();
    let lost = Err(Refusal::RefreshAnswerLost);
    assert_eq!(refresh(&mut record, invalid_grant(), COOLED.plus(HOUR)), lost);
}

#[test]
fn a_dead_pair_is_not_sent_again_and_every_grant_is_told() {
    let mut record = joined(&["g", "h"]);
    record.outbox.clear();
    refresh(&mut record, invalid_grant(), NOW).unwrap_err();
    let told = record.outbox.iter().map(|(_, letter)| match letter {
        Letter::Invalid { grant_id, .. } => grant_id.as_str(),
        other => panic!("{other:?}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), ["g", "h"]);
    assert!(!record.has_live_token(None, NOW));
    let version = record.version;
    let again = record.begin_refresh(version, false, NOW, None).unwrap_err();
    assert_eq!(again, Refusal::RefreshTokenRefused);
}

#[test]
fn a_refresh_wished_for_a_pair_that_is_gone_is_not_begun() {
    let mut record = joined(&["g"]);
    let old = record.version;
    refresh(&mut record, Ok(response("b", Some("s"))), NOW).unwrap();
    assert!(matches!(record.begin_refresh(old, true, NOW, None), Ok(None)));
    assert!(record.refreshing.is_none() && record.forced_at.is_none());
}

#[test]
fn a_consent_overtakes_a_refresh_whatever_comes_of_it() {
    for answer in
        [Ok(response("refreshed", Some("s"))), invalid_grant(), Err(TokenError::Unavailable(500))]
    {
        let mut record = joined(&["g"]);
        let version = record.version;
        assert!(record.begin_refresh(version, true, NOW, None).is_ok());
        record.join(grant("h"), Some((response("consented", Some("t")), NOW)), false, &user(), NOW);
        assert_eq!(record.settle_refresh(version, answer, NOW, None), Ok(()));
        assert_eq!(access(&record), "consented");
        assert_eq!(record.plan("g", Some(version), NOW), Plan::Give);
        assert!(record.revocations.is_empty());
    }
}

#[test]
fn a_consent_revives_a_dead_connection_for_all_its_grants() {
    let mut record = joined(&["g", "h"]);
    refresh(&mut record, invalid_grant(), NOW).unwrap_err();
    record.join(grant("h"), Some((response("new", Some("t")), NOW)), false, &user(), NOW);
    assert_eq!(record.plan("g", None, NOW), Plan::Give);
    assert!(record.members.iter().all(|member| member.status == Status::Valid));
}

#[test]
fn the_last_one_who_leaves_takes_the_pair_along_and_others_do_not() {
    let mut record = joined(&["g", "h"]);
    record.leave("g", &user(), NOW);
    assert!(record.pair.is_some() && record.revocations.is_empty());
    assert_eq!(record.plan("g", None, NOW), Plan::Refuse(Refusal::NotMember));
    record.leave("h", &user(), NOW);
    assert!(record.pair.is_none());
    assert_eq!(record.revocations.len(), 1);
    assert!(record.has_errands());
}

#[test]
fn a_pair_that_comes_after_the_last_one_left_is_revoked_too() {
    let mut record = joined(&["g"]);
    let version = record.version;
    assert!(record.begin_refresh(version, false, NOW, None).is_ok());
    record.leave("g", &user(), NOW);
    let answer = Ok(response("late", Some("s")));
    assert_eq!(record.settle_refresh(version, answer, NOW, None), Ok(()));
    let told: Vec<_> = record.revocations.iter().map(Text::expose).collect();
    assert_eq!(told, ["g", "late"]);
}

#[test]
fn a_dead_pair_needs_no_revocation() {
    let mut record = joined(&["g"]);
    refresh(&mut record, invalid_grant(), NOW).unwrap_err();
    record.leave("g", &user(), NOW);
    assert!(record.revocations.is_empty() && record.dead.is_none());
}

#[test]
fn a_consent_takes_a_pending_revocation_back() {
    let mut record = joined(&["g"]);
    record.leave("g", &user(), NOW);
    record.join(grant("g"), Some((response("new", Some("t")), NOW)), false, &user(), NOW);
    assert!(record.revocations.is_empty());
    assert_eq!(access(&record), "new");
}

#[test]
fn leaving_twice_leaves_no_row_and_revokes_once() {
    let mut record = joined(&["g"]);
    record.leave("g", &user(), NOW);
    record.leave("g", &user(), NOW);
    assert_eq!(record.revocations.len(), 1);
    let last = record.outbox.last().map(|(_, letter)| letter);
    assert!(matches!(last, Some(Letter::Delete { grant_id, .. }) if grant_id == "g"));
}

#[test]
fn a_grant_whose_consent_was_overtaken_uses_the_live_pair_or_has_to_reconnect() {
    let mut record = joined(&["g"]);
    record.join(grant("h"), None, false, &user(), NOW);
    assert_eq!(record.plan("h", None, NOW), Plan::Give);
    let mut record = joined(&["g"]);
    record.leave("g", &user(), NOW);
    record.join(grant("h"), None, false, &user(), NOW);
    let refused = Plan::Refuse(Refusal::RefreshTokenRefused);
    assert_eq!(record.plan("h", None, NOW), refused);
    assert_eq!(record.members[0].status, Status::Invalid);
}

#[test]
fn letters_are_numbered_without_a_gap_and_never_again_from_the_start() {
    let mut record = joined(&["g"]);
    let first: Vec<_> = record.outbox.drain(..).map(|(number, _)| number).collect();
    record.leave("g", &user(), NOW);
    let second: Vec<_> = record.outbox.iter().map(|(number, _)| *number).collect();
    assert_eq!((first, second), (vec![1], vec![2]));
}

#[test]
fn the_alarm_waits_longer_each_time_and_an_hour_at_most() {
    let mut record = Record::default();
    let waits: Vec<_> = (0..9)
        .map(|vain| {
            record.vain = vain;
            record.patience() / SECOND
        })
        .collect();
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
}

#[test]
fn a_record_prints_no_token() {
    let mut record = joined(&["access-of-g"]);
    record.leave("access-of-g", &user(), NOW);
    record.join(
        grant("h"),
        Some((response("secret-a", Some("secret-r")), NOW)),
        false,
        &user(),
        NOW,
    );
    let printed = format!("{record:?}");
    assert!(!printed.contains("secret-") && printed.contains("[redacted]"));
}

#[test]
fn a_full_connection_fits_its_record_in_its_worst_moment_and_takes_nobody_else_in() {
    let mut record = Record::default();
    for number in 0..500 {
        let id = format!("{number:036}");
        assert_eq!(record.refuses(&id, false), None);
        let long = |length: usize| "x".repeat(length);
        let details = Grant {
            user_id: long(255),
            email: long(128),
            display_name: long(128),
            scope: long(4000),
            metadata: Some(long(16_000)),
            ..grant(&id)
        };
        record.join(details, Some((response(&id, Some("r")), NOW)), false, &user(), NOW);
        record.outbox.clear();
        record.crowd_out();
    }
    assert_eq!(record.refuses("another", false), Some(Refusal::TooManyGrants));
    assert_eq!(record.refuses(&"0".repeat(36), false), None);
    refresh(&mut record, invalid_grant(), NOW).unwrap_err();
    record.crowd_out();
    record.offer(response("new", Some("t")), NOW, true, NOW);
    record.crowd_out();
    let sealed = crate::shape::text(&record).len() / 3 * 4;
    assert!(sealed < 1_700_000, "{sealed}");
}
