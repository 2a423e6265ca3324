//! Over TCP: the address, and answers that are really lost.

use isthmus_sandbox::{Fault, Kind, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::rig::{ADA, Rig, config};

async fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_lost_answer_drops_the_connection_after_the_effect() {
    let sandbox = Sandbox::new(config());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(sandbox.clone().serve(listener));
    let rig = Rig { sandbox: sandbox.clone() };
    let token = rig.connect(ADA).await.access;
    assert_eq!(sandbox.base_url(), "http://localhost:8789", "the listener is not polled yet");
    let request = format!(
        "POST /v2/users/me/meetings HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 2\r\n\r\n{{}}"
    );
    let answer = ask(port, &request).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert_eq!(sandbox.base_url(), format!("http://localhost:{port}"));
    sandbox.fail_next(Kind::CreateMeeting, Fault::Lost);
    assert_eq!(ask(port, &request).await, "", "not one byte of an answer");
    assert_eq!(sandbox.snapshot().meetings.len(), 2, "both were created");
    server.abort();
}
