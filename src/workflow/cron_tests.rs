use super::*;

/// Berlin in 2026: an hour ahead of UTC, two from 29 March 01:00 UTC until 25 October 01:00 UTC.
fn berlin(time: Timestamp) -> Option<i64> {
    let summer = at("2026-03-29T01:00:00Z")..at("2026-10-25T01:00:00Z");
    summer.contains(&time).then_some(7200).or(Some(3600))
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn next(
    cron: &str,
    after: &str,
    zone: impl Fn(Timestamp) -> Option<i64>,
    count: usize,
) -> Vec<String> {
    let cron = Cron::parse(cron).unwrap_or_else(|misfit| panic!("{misfit}"));
    let mut times = vec![at(after)];
    for _ in 0..count {
        times.extend(cron.next(*times.last().unwrap(), &zone));
    }
    times.iter().skip(1).map(|time| time.rfc3339().replace(":00.000Z", "Z")).collect()
}

fn utc(cron: &str, count: usize) -> Vec<String> {
    next(cron, "2026-11-22T08:30:15.250Z", |_| Some(0), count)
}

#[test]
fn each_field_takes_numbers_names_lists_ranges_and_steps() {
    for (cron, times) in [
        ("0 9 * * *", ["2026-11-22T09:00Z", "2026-11-23T09:00Z"]),
        ("0 0 9 * * *", ["2026-11-22T09:00Z", "2026-11-23T09:00Z"]),
        ("30 8 * * *", ["2026-11-23T08:30Z", "2026-11-24T08:30Z"]),
        ("*/20 * * * *", ["2026-11-22T08:40Z", "2026-11-22T09:00Z"]),
        ("5/25 8 * * ?", ["2026-11-22T08:55Z", "2026-11-23T08:05Z"]),
        ("0 8-18/5,23 * * *", ["2026-11-22T13:00Z", "2026-11-22T18:00Z"]),
        ("0 0 ? * MON-fri", ["2026-11-23T00:00Z", "2026-11-24T00:00Z"]),
        ("0 0 * * sat-sun", ["2026-11-28T00:00Z", "2026-11-29T00:00Z"]),
        ("0 0 * * 7", ["2026-11-29T00:00Z", "2026-12-06T00:00Z"]),
        ("0 0 1 jan,Jul *", ["2027-01-01T00:00Z", "2027-07-01T00:00Z"]),
        ("0 0 31 * *", ["2026-12-31T00:00Z", "2027-01-31T00:00Z"]),
        ("0 0 29 2 *", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]),
    ] {
        assert_eq!(utc(cron, 2), times, "{cron}");
    }
    assert_eq!(utc("20 30 8 * * *", 1), ["2026-11-22T08:30:20.000Z"]);
    assert_eq!(utc("15 30 8 * * *", 1), ["2026-11-23T08:30:15.000Z"]);
}

#[test]
fn a_day_of_the_month_or_of_the_week_is_enough_where_both_are_given() {
    let times = ["2026-11-23T00:00Z", "2026-11-24T00:00Z", "2026-11-30T00:00Z"];
    assert_eq!(utc("0 0 24 * mon", 3), times);
}

#[test]
fn what_never_comes_is_nothing() {
    assert!(utc("0 0 31 2 *", 1).is_empty());
    assert!(next("0 9 * * *", "2026-11-22T08:30:00Z", |_| None, 1).is_empty());
    let cron = Cron::parse("0 9 * * *").unwrap();
    for time in [i64::MIN, i64::MAX] {
        let _ = cron.next(Timestamp(time), |_| Some(i64::MAX));
        let _ = cron.next(Timestamp(time), |_| Some(i64::MIN));
    }
}

#[test]
fn it_is_due_by_the_clocks_of_its_zone() {
    let times = ["2026-03-28T08:00Z", "2026-03-29T07:00Z"];
    assert_eq!(next("0 9 * * *", "2026-03-27T20:00:00Z", berlin, 2), times);
    assert_eq!(next("0 0 * * *", "2026-07-01T21:59:00Z", berlin, 1), ["2026-07-01T22:00Z"]);
}

#[test]
fn a_time_that_the_clocks_leave_out_is_taken_when_they_go_on() {
    let times = ["2026-03-29T01:00Z", "2026-03-30T00:30Z"];
    assert_eq!(next("30 2 * * *", "2026-03-28T02:00:00Z", berlin, 2), times);
    // All that is left out is one time.
    let times = ["2026-03-29T00:40Z", "2026-03-29T01:00Z", "2026-03-29T01:20Z"];
    assert_eq!(next("*/20 * * * *", "2026-03-29T00:20:00Z", berlin, 3), times);
}

#[test]
fn a_time_that_the_clocks_show_twice_is_taken_once() {
    let times = ["2026-10-25T00:30Z", "2026-10-26T01:30Z"];
    assert_eq!(next("30 2 * * *", "2026-10-24T02:00:00Z", berlin, 2), times);
    // Asked in the hour that comes again.
    let times = ["2026-10-26T01:30Z"];
    assert_eq!(next("30 2 * * *", "2026-10-25T01:10:00Z", berlin, 1), times);
    let times = ["2026-10-25T00:40Z", "2026-10-25T02:00Z"];
    assert_eq!(next("*/20 * * * *", "2026-10-25T00:20:00Z", berlin, 2), times);
}

#[test]
fn what_is_no_expression_is_refused() {
    for (cron, said) in [
        ("", "five or six fields such as 0 0 9 * * mon-fri are wanted, not 0"),
        ("* * * *", "five or six fields such as 0 0 9 * * mon-fri are wanted, not 4"),
        ("* * * * * * *", "five or six fields such as 0 0 9 * * mon-fri are wanted, not 7"),
        ("* 0 9 * * *", "one second from 0 to 59 is wanted first, not * 0 9 * * *"),
        ("60 * * * *", "minutes from 0 to 59 are wanted, not 60"),
        ("5-1 * * * *", "minutes from 0 to 59 are wanted, not 5-1"),
        ("*/0 * * * *", "minutes from 0 to 59 are wanted, not */0"),
        ("+5 * * * *", "minutes from 0 to 59 are wanted, not +5"),
        ("1,,2 * * * *", "minutes from 0 to 59 are wanted, not 1,,2"),
        ("0 24 * * *", "hours from 0 to 23 are wanted, not 24"),
        ("0 0 0 * *", "days from 1 to 31 are wanted, not 0"),
        ("0 0 L * *", "days from 1 to 31 are wanted, not L"),
        ("0 0 1 13 *", "months from 1 to 12, or jan to dec, are wanted, not 13"),
        ("0 0 * * 8", "days from 0 to 7, or sun to sat, are wanted, not 8"),
        ("0 0 * * mo", "days from 0 to 7, or sun to sat, are wanted, not mo"),
    ] {
        assert_eq!(Cron::parse(cron).unwrap_err().to_string(), said, "{cron}");
    }
}
