use super::*;

fn sdk_of(method: &Method, path: &str) -> SdkRoute {
    match route(method, path) {
        Route::Sdk { project, route } if project == "p1" => route,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_proxied_path_is_kept_byte_for_byte() {
    let found = sdk_of(&Method::POST, "/projects/p1/sdk/proxy/zoom/meetings/%252Fab%3D//x");
    let path = "meetings/%252Fab%3D//x".to_owned();
    assert_eq!(found, SdkRoute::Request { integration: "zoom".to_owned(), path });
}

#[test]
fn both_prefixes_of_the_connect_protocol_are_served() {
    for path in ["/projects/p1/sdk/actions/build-oauth", "/v2/projects/p1/sdk/actions/build-oauth"]
    {
        assert_eq!(sdk_of(&Method::GET, path), SdkRoute::BuildOauth);
    }
}

#[test]
fn a_known_path_with_another_method_is_told_apart() {
    assert_eq!(sdk_of(&Method::PUT, "/projects/p1/sdk/me"), SdkRoute::WrongMethod);
    assert_eq!(sdk_of(&Method::GET, "/projects/p1/sdk/token"), SdkRoute::Nowhere);
    assert_eq!(route(&Method::GET, "/projects/p1"), Route::Nowhere);
    assert_eq!(route(&Method::GET, "/"), Route::Page(PageRoute::Console));
    assert_eq!(route(&Method::POST, "/"), Route::Nowhere);
    assert_eq!(route(&Method::GET, "//"), Route::Nowhere);
}

#[test]
fn what_a_person_may_open_by_a_mangled_link_is_never_the_servers() {
    let get = |path| route(&Method::GET, path);
    for path in ["/connect", "/connect/", "/connect/login/", "/connect/start/x", "/oauth/"] {
        assert_eq!(get(path), Route::Page(PageRoute::Nowhere), "{path}");
    }
    assert_eq!(get("/connect/callback"), Route::Page(PageRoute::Redirect));
    assert!(matches!(get("/connect/logins"), Route::Server(_)));
}

#[test]
fn an_address_tells_the_methods_that_it_takes() {
    for (path, methods) in [
        ("/connect/login", "GET, HEAD, POST"),
        ("/oauth", "GET, HEAD"),
        ("/connect/grants", "GET, POST"),
        ("/connect/grants/g", "GET, PATCH, DELETE"),
        ("/connect/triggers", "GET"),
        ("/connect/subscriptions", "GET, POST"),
        ("/connect/subscriptions/s", "GET, PATCH, DELETE"),
        ("/connect/subscriptions/s/rotate-secret", "POST"),
        ("/connect/events", "GET"),
        ("/connect/events/e", "GET"),
        ("/connect/deliveries", "GET"),
        ("/connect/deliveries/d", "GET"),
        ("/connect/deliveries/d/replay", "POST"),
        ("/webhook/triggers/connect/zoom/i", "POST"),
        ("/portal", "POST"),
        ("/portal/p", "GET, HEAD, POST"),
        ("/portal/p/state", "GET"),
        ("/portal/p/grants/g", "DELETE"),
        ("/portal/p/grants/g/workflows/w", "PATCH"),
        ("/portal/p/close", "POST"),
        ("/ui", "GET, HEAD"),
        ("/metrics", "GET"),
        ("/projects/p1/sdk/me", "GET, PATCH"),
        ("/admin/projects/p1", "GET, PATCH"),
        ("/connect/nowhere", ""),
    ] {
        assert_eq!(allowed(path), methods, "{path}");
    }
}

#[test]
fn what_is_about_events_is_told_apart_by_its_path() {
    let server = |method, path: &str| match route(&method, &format!("/connect/{path}")) {
        Route::Server(route) => route,
        other => panic!("{other:?}"),
    };
    let id = || "x".to_owned();
    for (method, path, expected) in [
        (Method::GET, "triggers", ServerRoute::Triggers),
        (Method::POST, "subscriptions", ServerRoute::NewSubscription),
        (Method::GET, "subscriptions", ServerRoute::Subscriptions),
        (Method::GET, "subscriptions/x", ServerRoute::Subscription(id())),
        (Method::PATCH, "subscriptions/x", ServerRoute::PatchSubscription(id())),
        (Method::DELETE, "subscriptions/x", ServerRoute::DeleteSubscription(id())),
        (
            Method::POST,
            "subscriptions/x/rotate-secret",
            ServerRoute::RotateSubscriptionSecret(id()),
        ),
        (Method::GET, "events", ServerRoute::Events),
        (Method::GET, "events/x", ServerRoute::Event(id())),
        (Method::GET, "deliveries", ServerRoute::Deliveries),
        (Method::GET, "deliveries/x", ServerRoute::Delivery(id())),
        (Method::POST, "deliveries/x/replay", ServerRoute::ReplayDelivery(id())),
        (Method::PUT, "subscriptions", ServerRoute::WrongMethod),
        (Method::POST, "events", ServerRoute::WrongMethod),
        (Method::POST, "triggers", ServerRoute::WrongMethod),
        (Method::GET, "deliveries/x/replay", ServerRoute::WrongMethod),
        (Method::GET, "subscriptions/x/rotate-secret", ServerRoute::WrongMethod),
        (Method::GET, "triggers/x", ServerRoute::Nowhere),
        (Method::GET, "events/x/y", ServerRoute::Nowhere),
    ] {
        assert_eq!(server(method, path), expected, "{path}");
    }
}

#[test]
fn a_webhook_is_one_integrations_and_is_posted() {
    let path = "/webhook/triggers/connect/zoom/";
    let found = route(&Method::POST, &format!("{path}i-1"));
    assert_eq!(found, Route::Webhook { integration: "i-1".to_owned() });
    assert_eq!(route(&Method::GET, &format!("{path}i-1")), Route::WrongMethod);
    for other in [path.to_owned(), format!("{path}i/x"), "/webhook".to_owned()] {
        assert_eq!(route(&Method::POST, &other), Route::Nowhere, "{other}");
    }
    assert_eq!(route(&Method::GET, "/metrics"), Route::Admin(AdminRoute::Metrics));
    assert_eq!(route(&Method::GET, "/metrics/x"), Route::Nowhere);
}
