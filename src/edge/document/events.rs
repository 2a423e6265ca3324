//! What a project's server calls about what happens at Zoom: triggers, subscriptions, events, deliveries.

use super::{
    super::{
        problem::Code,
        server::{
            DeletedSubscription, NewSubscription, ServerDelivery, ServerEvent, ServerSubscription,
            ServerTrigger, SubscriptionPatch,
        },
    },
    operation::Operation,
    server::{list, operation, success},
};

pub(super) fn operations() -> Vec<Operation> {
    [subscriptions(), subscription(), events(), deliveries()].into_iter().flatten().collect()
}

fn subscriptions() -> Vec<Operation> {
    let all = "/connect/subscriptions";
    let triggers = list::<ServerTrigger>("triggers", "/connect/triggers", "What may happen");
    vec![
        triggers,
        operation("newSubscription", ("post", all), "Be told when a trigger fires")
            .takes::<NewSubscription>()
            .answer(
                201,
                "The subscription; with `secret` when it has a `url`.",
                success::<ServerSubscription>(),
            )
            .fails(&[Code::InvalidRequest, Code::TriggerUnknown, Code::EventEndpointMissing])
            .fails(&[Code::TooManySubscriptions, Code::PayloadTooLarge]),
        list::<ServerSubscription>("subscriptions", all, "The project's subscriptions")
            .query("trigger", "The trigger's id, or Zoom's own word.", false)
            .query("status", "`active`, `paused` or `disabled`", false)
            .query("account_id", "Those of this user only.", false)
            .fails(&[Code::TriggerUnknown]),
    ]
}

fn subscription() -> Vec<Operation> {
    let one = "/connect/subscriptions/{subscription}";
    let rotate = "/connect/subscriptions/{subscription}/rotate-secret";
    vec![
        operation("subscription", ("get", one), "One subscription")
            .answer(200, "The subscription.", success::<ServerSubscription>())
            .fails(&[Code::SubscriptionNotFound]),
        operation("patchSubscription", ("patch", one), "Change, pause or resume a subscription")
            .takes::<SubscriptionPatch>()
            .answer(
                200,
                "The subscription; with `secret` when it has its first `url` now.",
                success::<ServerSubscription>(),
            )
            .fails(&[Code::InvalidRequest, Code::EventEndpointMissing])
            .fails(&[Code::SubscriptionNotFound, Code::PayloadTooLarge]),
        operation("deleteSubscription", ("delete", one), "Be told no more")
            .answer(200, "It is gone.", success::<DeletedSubscription>())
            .fails(&[Code::SubscriptionNotFound]),
        operation("rotateSubscriptionSecret", ("post", rotate), "Change what signs")
            .answer(
                200,
                "The subscription with its new `secret`; the one before signs too for a day.",
                success::<ServerSubscription>(),
            )
            .fails(&[Code::InvalidRequest, Code::SubscriptionNotFound]),
    ]
}

fn events() -> Vec<Operation> {
    let (all, one) = ("/connect/events", "/connect/events/{event}");
    vec![
        list::<ServerEvent>("events", all, "What happened at Zoom, the newest first")
            .query("trigger", "The trigger's id, or Zoom's own word.", false)
            .query("account_id", "Those for this user.", false)
            .query("grant_id", "Those for this grant.", false)
            .query("meeting_id", "Those about this meeting.", false)
            .query("integration_id", "Those that this integration brought.", false)
            .fails(&[Code::TriggerUnknown]),
        operation("event", ("get", one), "One event, with what it brought")
            .answer(200, "The event; secrets in it are hidden.", success::<ServerEvent>())
            .fails(&[Code::EventNotFound]),
    ]
}

fn deliveries() -> Vec<Operation> {
    let (all, one) = ("/connect/deliveries", "/connect/deliveries/{delivery}");
    let replay = "/connect/deliveries/{delivery}/replay";
    vec![
        list::<ServerDelivery>("deliveries", all, "What was told to endpoints, the newest first")
            .query("status", "`pending`, `delivered` or `failed`", false)
            .query("event_id", "Those that tell of this event.", false)
            .query("subscription_id", "Those to this subscription.", false)
            .query("grant_id", "Those about this grant.", false)
            .query("account_id", "Those about this user.", false),
        operation("delivery", ("get", one), "One delivery, with its attempts")
            .answer(200, "The delivery.", success::<ServerDelivery>())
            .fails(&[Code::DeliveryNotFound]),
        operation("replayDelivery", ("post", replay), "Tell it once more, under the same id")
            .answer(202, "It will be told at once.", success::<ServerDelivery>())
            .fails(&[Code::DeliveryNotFound, Code::DeliveryNotReplayable]),
    ]
}
