//! The state file.

use std::path::PathBuf;

use isthmus_sandbox::Store;
use serde_json::json;

use crate::rig::{ADA, Rig, config};

/// A folder of one test, removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sandbox-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_restart_keeps_tokens_meetings_and_settings() {
    let folder = Folder::new("restart");
    let store = Store::new(folder.0.join("deep/state.json"));
    let rig = Rig { sandbox: store.open(config()).unwrap() };
    let pair = rig.connect(ADA).await;
    rig.api("POST", "/users/me/meetings", &pair.access, &json!({"topic": "Kept"})).await;
    rig.sandbox.set_coop(true);
    rig.sandbox.add_redirect_uri("http://127.0.0.1:1/oauth");
    store.save(&rig.sandbox).unwrap();

    let again = Rig { sandbox: store.open(config()).unwrap() };
    let (before, after) = (rig.sandbox.snapshot(), again.sandbox.snapshot());
    assert_eq!(serde_json::to_value(before).unwrap(), serde_json::to_value(after).unwrap());
    assert_eq!(again.whoami(&pair.access).await.status, 200);
    assert_eq!(again.refresh(&pair.refresh).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_written_without_being_asked() {
    let folder = Folder::new("change");
    let path = folder.0.join("state.json");
    let store = Store::new(&path);
    let sandbox = store.open(config()).unwrap();
    let is_written = async {
        sandbox.add_meeting(ADA, "Written", None).unwrap();
        while !std::fs::read_to_string(&path).unwrap_or_default().contains("Written") {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        error = store.keep(&sandbox) => unreachable!("{error}"),
        () = is_written => {}
    }
}

#[tokio::test]
async fn the_file_holds_no_secret() {
    let folder = Folder::new("secrets");
    let path = folder.0.join("state.json");
    let store = Store::new(&path);
    let rig = Rig { sandbox: store.open(config()).unwrap() };
    let code = rig.code(ADA, &[]);
    let pair = crate::rig::tokens(&rig.exchange(&code).await);
    store.save(&rig.sandbox).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for secret in [&code, &pair.access, &pair.refresh, "sandbox-client-secret"] {
        assert!(!text.contains(secret), "the state file holds a secret");
    }
}

#[test]
fn a_broken_file_is_said_to_be_one() {
    let folder = Folder::new("broken");
    let path = folder.0.join("state.json");
    std::fs::write(&path, "{").unwrap();
    let error = Store::new(&path).open(config()).unwrap_err();
    assert!(error.to_string().contains("is not a state file"), "{error}");
    assert!(error.to_string().contains("remove it"), "{error}");
}
