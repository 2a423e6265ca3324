//! The authorization endpoint and its page.

use isthmus_sandbox::Decision;

use crate::rig::{ADA, FORM, GRACE, REDIRECT, Rig, encoded, parameter};

const S256: (&str, &str) = ("code_challenge_method", "S256");

#[tokio::test]
async fn the_page_shows_the_app_its_scopes_and_the_first_user_preselected() {
    let rig = Rig::new();
    let page = rig.read(&rig.authorize_url(&[])).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cross-origin-opener-policy"), "");
    assert_eq!(page.header("cache-control"), "no-store");
    let wanted = [
        "data-testid=\"allow\"",
        "data-testid=\"decline\"",
        "data-testid=\"zoom-user\"",
        "<optgroup label=\"Globex\">",
        "selected>Ada Lovelace",
        "meeting:write:meeting",
        "Isthmus (development)",
        "<label for=\"zoom-user\">",
    ];
    for part in wanted {
        assert!(page.text.contains(part), "{part} is missing");
    }
    assert_eq!(page.text.matches(" selected>").count(), 1);
    assert!(!page.text.contains("<script"));
}

#[tokio::test]
async fn what_the_app_sends_is_escaped_on_the_page() {
    let rig = Rig::new();
    let url = rig.authorize_url(&[]).replace("xyz", "%22%3E%3Cb%3E");
    let page = rig.read(&url).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("&quot;&gt;&lt;b&gt;"));
    assert!(!page.text.contains("<b>"));
}

#[tokio::test]
async fn allow_goes_back_with_a_code_and_the_state() {
    let rig = Rig::new();
    let url = rig.sandbox.consent(&rig.authorize_url(&[]), GRACE, Decision::Allow).unwrap();
    assert!(url.starts_with(&format!("{REDIRECT}?code=")), "{url}");
    assert_eq!(parameter(&url, "state").unwrap(), "xyz&1");
}

#[tokio::test]
async fn decline_goes_back_with_access_denied_and_the_state() {
    let rig = Rig::new();
    let url = rig.sandbox.consent(&rig.authorize_url(&[]), ADA, Decision::Decline).unwrap();
    assert_eq!(url, format!("{REDIRECT}?error=access_denied&state=xyz%261"));
}

#[tokio::test]
async fn the_form_of_the_page_is_answered_with_302() {
    let rig = Rig::new();
    let pairs = [
        ("response_type", "code"),
        ("client_id", "sandbox-client-id"),
        ("redirect_uri", REDIRECT),
        ("zoom_user", "GraceHopper-zoomuser03"),
        ("decision", "allow"),
    ];
    let headers = [("content-type", FORM)];
    let got = rig.send("POST", "/oauth/authorize", &headers, &encoded(&pairs)).await;
    assert_eq!(got.status, 302);
    assert!(got.header("location").starts_with(&format!("{REDIRECT}?code=")));
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_exactly_registered_gets_zooms_error_page() {
    let rig = Rig::new();
    for uri in
        ["https://app.example/oauth/", "https://app.example/oauth?x=1", "https://evil.example"]
    {
        let url = rig
            .authorize_url(&[])
            .replace(&encoded(&[("redirect_uri", REDIRECT)]), &encoded(&[("redirect_uri", uri)]));
        let got = rig.read(&url).await;
        let expected = serde_json::json!({
            "status": false,
            "errorCode": 4700,
            "errorMessage": format!("Invalid redirect: {uri}"),
            "result": null,
        });
        assert_eq!(got.json, expected);
        assert!(rig.sandbox.consent(&url, ADA, Decision::Allow).is_err());
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_without_a_redirect() {
    let rig = Rig::new();
    let base = rig.authorize_url(&[]);
    let wrong = [
        (base.replace("sandbox-client-id", "nobody"), 4702),
        (base.replace("response_type=code", "response_type=token"), 4700),
        (rig.authorize_url(&[("state", "twice")]), 4700),
        (rig.authorize_url(&[("code_challenge", "short"), S256]), 4700),
        (rig.authorize_url(&[S256]), 4700),
        (
            rig.authorize_url(&[
                ("code_challenge", &"a".repeat(43)),
                ("code_challenge_method", "MD5"),
            ]),
            4700,
        ),
    ];
    for (url, code) in wrong {
        let got = rig.read(&url).await;
        assert_eq!(got.json["errorCode"], code, "{url}: {}", got.text);
        assert_eq!(got.header("location"), "");
    }
}

#[tokio::test]
async fn scopes_must_be_exactly_the_apps_in_any_order() {
    let rig = Rig::new();
    let got = rig.read(&rig.authorize_url(&[("scope", "user:read:user")])).await;
    assert_eq!(got.json["errorMessage"], "Invalid scope: user:read:user");
    let all = "user:read:user meeting:delete:registrant meeting:read:list_registrants \
               meeting:write:registrant meeting:delete:meeting meeting:read:meeting \
               meeting:read:list_meetings meeting:update:meeting meeting:write:meeting \
               meeting:read:registrant meeting:read:participant cloud_recording:read:recording";
    assert_eq!(rig.read(&rig.authorize_url(&[("scope", all)])).await.status, 200);
}

#[tokio::test]
async fn a_user_that_does_not_exist_cannot_consent() {
    let rig = Rig::new();
    let refusal = rig.sandbox.consent(&rig.authorize_url(&[]), "nobody", Decision::Allow);
    assert!(refusal.unwrap_err().body.contains("User does not exist"));
}

#[tokio::test]
async fn the_opener_policy_can_be_switched_on_and_off() {
    let rig = Rig::new();
    rig.sandbox.set_coop(true);
    let page = rig.read(&rig.authorize_url(&[])).await;
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    rig.sandbox.set_coop(false);
    let page = rig.read(&rig.authorize_url(&[])).await;
    assert_eq!(page.header("cross-origin-opener-policy"), "");
}
