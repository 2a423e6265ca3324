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
    assert_eq!(route(&Method::GET, "/"), Route::Nowhere);
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
        ("/projects/p1/sdk/me", "GET, PATCH"),
        ("/admin/projects/p1", "GET, PATCH"),
        ("/connect/nowhere", ""),
    ] {
        assert_eq!(allowed(path), methods, "{path}");
    }
}
