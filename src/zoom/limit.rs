//! Zoom's rate limits (Zoom: "Rate limits"): per account, by weight and plan. One object for each account of an
//! integration keeps count; runs lease calls from it before they make them, and tell it of a 429. What a 429 says is
//! read by `zoom::limited`.

use crate::{
    shape::{choice, read_text, shape, text, words},
    time::{MINUTE, SECOND, Timestamp},
    workflow::Weight,
};

/// Those who have to wait are told times at most so far ahead, in milliseconds.
const FARTHEST: i64 = MINUTE;

shape! {
    /// Whose calls are counted.
    #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub struct LimitedAccount {
        /// The integration's id.
        pub integration_id: String,
        /// Zoom's id of the account.
        pub account_id: String,
    }
}

words! {
    /// The Zoom account's plan, as far as limits go.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Plan {
        /// Basic.
        Free = "free",
        /// Pro.
        Pro = "pro",
        /// Business and above.
        Business = "business",
    }
}

impl Plan {
    /// The plan of this name, as an integration notes it; one that nobody named is Pro.
    pub fn named(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "basic" | "free" => Self::Free,
            "business" | "business plus" | "education" | "enterprise" | "enterprise plus" => {
                Self::Business
            }
            _ => Self::Pro,
        }
    }
}

words! {
    /// How much a call counts.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Category {
        /// Little.
        Light = "light",
        /// Some.
        Medium = "medium",
        /// Much.
        Heavy = "heavy",
    }
}

choice! {
    /// One question to what keeps count.
    #[derive(Debug, Clone)]
    pub enum LimitQuestion {
        /// So many calls, please.
        Lease as "lease" {
            /// What kind of calls.
            category: Category,
            /// The account's plan.
            plan: Plan,
            /// How many; it may be fewer.
            calls: i64,
        },
        /// Zoom has answered 429: no call before this time.
        Limited as "limited" {
            /// What kind of calls.
            category: Category,
            /// When the next one may be made.
            until: Timestamp,
        },
    }
}

shape! {
    /// The answer.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct LimitAnswer {
        /// So many calls may be made now.
        pub calls: i64,
        /// When to ask again, where it is none.
        pub again_at: Option<Timestamp>,
    }
}

/// What one account's object knows. It may be forgotten at any time, except what [`Limits::kept`] says.
#[derive(Debug, Default)]
pub struct Limits {
    light: Bucket,
    medium: Bucket,
    heavy: Bucket,
}

/// The calls of one category. It begins full.
#[derive(Debug, Default)]
struct Bucket {
    /// Calls in hand, in thousandths, as of `at`; nothing before the first question.
    filled: Option<(i64, Timestamp)>,
    /// The last time that somebody was told to ask again.
    promised: Option<Timestamp>,
    /// No call before this time.
    closed_until: Option<Timestamp>,
    /// Whether that was said for longer than a minute: of a day's limit.
    for_long: bool,
}

shape! {
    /// What outlives the object: until when which category is closed.
    struct Kept {
        light: Option<Timestamp>,
        medium: Option<Timestamp>,
        heavy: Option<Timestamp>,
    }
}

impl Limits {
    /// Answers a question. What [`Limits::kept`] says may be different afterwards.
    pub fn answer(&mut self, question: &LimitQuestion, now: Timestamp) -> LimitAnswer {
        match *question {
            LimitQuestion::Lease { category, plan, calls } => {
                self.bucket(category).lease(per_second(category, plan), calls, now)
            }
            LimitQuestion::Limited { category, until } => {
                let bucket = self.bucket(category);
                bucket.close(until, now);
                LimitAnswer { calls: 0, again_at: bucket.closed_until }
            }
        }
    }

    /// What has to outlive the object, as text; nothing when that is nothing.
    pub fn kept(&self) -> Option<String> {
        let kept =
            Kept { light: self.light.kept(), medium: self.medium.kept(), heavy: self.heavy.kept() };
        let all = [kept.light, kept.medium, kept.heavy];
        let said = all.iter().any(Option::is_some);
        said.then(|| String::from_utf8_lossy(&text(&kept)).into_owned())
    }

    /// Begins with what was kept. A text that is none is nothing.
    pub fn restored(kept: &str) -> Self {
        let kept: Option<Kept> = read_text(kept.as_bytes()).ok();
        let Some(kept) = kept else { return Self::default() };
        let closed = |closed_until: Option<Timestamp>| Bucket {
            for_long: closed_until.is_some(),
            closed_until,
            ..Bucket::default()
        };
        Self { light: closed(kept.light), medium: closed(kept.medium), heavy: closed(kept.heavy) }
    }

    fn bucket(&mut self, category: Category) -> &mut Bucket {
        match category {
            Category::Light => &mut self.light,
            Category::Medium => &mut self.medium,
            Category::Heavy => &mut self.heavy,
        }
    }
}

impl Bucket {
    /// Gives out calls: what is in hand, at most a second's worth.
    fn lease(&mut self, per_second: i64, calls: i64, now: Timestamp) -> LimitAnswer {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return LimitAnswer { calls: 0, again_at: Some(until) };
        }
        (self.closed_until, self.for_long) = (None, false);
        let full = per_second.saturating_mul(SECOND);
        let thousandths = self.filled.map_or(full, |(thousandths, at)| {
            let come = now.since(at).max(0).saturating_mul(per_second);
            thousandths.saturating_add(come).min(full)
        });
        let leased = calls.clamp(0, thousandths / SECOND);
        let left = thousandths.saturating_sub(leased.saturating_mul(SECOND));
        self.filled = Some((left, now));
        let again_at = (leased == 0).then(|| self.promise(left, per_second, now));
        LimitAnswer { calls: leased, again_at }
    }

    /// When to ask again: one after the other, or all of those who wait would ask at once.
    fn promise(&mut self, left: i64, per_second: i64, now: Timestamp) -> Timestamp {
        let missing = SECOND.saturating_sub(left).max(1);
        let soonest = now.plus(missing.saturating_add(per_second - 1) / per_second);
        let after_the_last = self.promised.map(|at| at.plus((SECOND / per_second).max(1)));
        let at = after_the_last.map_or(soonest, |at| at.max(soonest)).min(now.plus(FARTHEST));
        self.promised = Some(at);
        at
    }

    fn close(&mut self, until: Timestamp, now: Timestamp) {
        let until = self.closed_until.map_or(until, |closed| closed.max(until));
        self.for_long |= until.since(now) > MINUTE;
        self.closed_until = Some(until);
        // Zoom counts otherwise than this did: what is in hand is worth nothing.
        self.filled = Some((0, now.max(until.plus(-SECOND))));
    }

    fn kept(&self) -> Option<Timestamp> {
        self.closed_until.filter(|_| self.for_long)
    }
}

/// Calls in one second (Zoom: "Rate limits").
const fn per_second(category: Category, plan: Plan) -> i64 {
    match (category, plan) {
        (Category::Light, Plan::Free) => 4,
        (Category::Medium, Plan::Free) => 2,
        (Category::Heavy, Plan::Free) => 1,
        (Category::Light, Plan::Pro) => 30,
        (Category::Medium, Plan::Pro) => 20,
        (Category::Heavy, Plan::Pro) => 10,
        (Category::Light, Plan::Business) => 80,
        (Category::Medium, Plan::Business) => 60,
        (Category::Heavy, Plan::Business) => 40,
    }
}

/// So many calls are leased at once: a part of a second's worth, since what is not used is lost.
pub const fn burst(category: Category, plan: Plan) -> i64 {
    let part = per_second(category, plan) / 8;
    if part > 1 { part } else { 1 }
}

impl From<Weight> for Category {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Light => Self::Light,
            Weight::Medium => Self::Medium,
            Weight::Heavy => Self::Heavy,
        }
    }
}

impl LimitedAccount {
    /// One text for both parts: the name of the object.
    pub fn text(&self) -> String {
        format!("{}/{}", self.integration_id, self.account_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_294_260_000);

    fn lease(limits: &mut Limits, calls: i64, now: Timestamp) -> (i64, Option<i64>) {
        let (category, plan) = (Category::Medium, Plan::Free);
        let answer = limits.answer(&LimitQuestion::Lease { category, plan, calls }, now);
        (answer.calls, answer.again_at.map(|at| at.since(now)))
    }

    fn limited(limits: &mut Limits, until: Timestamp, now: Timestamp) {
        let category = Category::Medium;
        limits.answer(&LimitQuestion::Limited { category, until }, now);
    }

    #[test]
    fn at_most_a_seconds_worth_is_leased_and_it_comes_back_with_time() {
        let mut limits = Limits::default();
        assert_eq!(lease(&mut limits, 5, NOW), (2, None));
        assert_eq!(lease(&mut limits, 1, NOW), (0, Some(500)));
        assert_eq!(lease(&mut limits, 1, NOW.plus(499)), (0, Some(501)));
        assert_eq!(lease(&mut limits, 1, NOW.plus(500)), (1, None));
        assert_eq!(lease(&mut limits, 9, NOW.plus(100_000)), (2, None));
        assert_eq!(lease(&mut limits, 0, NOW.plus(200_000)).0, 0);
    }

    #[test]
    fn those_who_wait_are_told_different_times() {
        let mut limits = Limits::default();
        assert_eq!(lease(&mut limits, 2, NOW), (2, None));
        let told: Vec<_> = (0..200).map(|_| lease(&mut limits, 1, NOW).1.unwrap()).collect();
        assert_eq!(told[..4], [500, 1000, 1500, 2000]);
        assert_eq!(told[199], FARTHEST);
    }

    #[test]
    fn nothing_is_leased_in_a_closed_category_and_the_others_stay_open() {
        let mut limits = Limits::default();
        limited(&mut limits, NOW.plus(1000), NOW);
        limited(&mut limits, NOW.plus(500), NOW);
        assert_eq!(lease(&mut limits, 1, NOW), (0, Some(1000)));
        let (category, plan) = (Category::Light, Plan::Free);
        let light = limits.answer(&LimitQuestion::Lease { category, plan, calls: 9 }, NOW);
        assert_eq!(light.calls, 4);
        assert_eq!(lease(&mut limits, 9, NOW.plus(1000)), (2, None));
        assert_eq!(limits.kept(), None);
    }

    #[test]
    fn a_days_limit_outlives_the_object_and_ends() {
        let mut limits = Limits::default();
        let midnight = NOW.plus(3 * 60 * MINUTE);
        limited(&mut limits, midnight, NOW);
        let kept = limits.kept().unwrap();
        let mut limits = Limits::restored(&kept);
        assert_eq!(lease(&mut limits, 1, NOW.plus(1)), (0, Some(midnight.since(NOW) - 1)));
        assert_eq!(limits.kept(), Some(kept));
        assert_eq!(lease(&mut limits, 1, midnight), (1, None));
        assert_eq!(limits.kept(), None);
        assert_eq!(Limits::restored("?").kept(), None);
    }

    #[test]
    fn a_clock_that_goes_back_or_far_off_does_no_harm() {
        let mut limits = Limits::default();
        assert_eq!(lease(&mut limits, i64::MAX, NOW), (2, None));
        assert_eq!(lease(&mut limits, 1, NOW.plus(-MINUTE)).0, 0);
        assert_eq!(lease(&mut limits, i64::MIN, Timestamp(i64::MAX)).0, 0);
        limited(&mut limits, Timestamp(i64::MIN), Timestamp(i64::MAX));
    }

    #[test]
    fn a_burst_is_no_more_than_a_seconds_worth() {
        for plan in [Plan::Free, Plan::Pro, Plan::Business] {
            for category in [Category::Light, Category::Medium, Category::Heavy] {
                assert!((1..=per_second(category, plan)).contains(&burst(category, plan)));
            }
        }
    }
}
