//! What happens to a meeting's recording. The meeting's id is a number in these events, and those
//! that have files to fetch carry a `download_token` beside `payload`.

use crate::clock::{MINUTE, Millis, iso};
use crate::event::Event;
use crate::meeting::Meeting;
use crate::recording::Recording;
use crate::secret::mint;
use crate::state::User;
use crate::webhook::Json;

/// A recording has begun.
pub(crate) fn recording_started(
    host: &User,
    meeting: &Meeting,
    recording: &Recording,
    now: Millis,
) -> Event {
    let file =
        Json::object().and("recording_start", iso(recording.started_at)).and("recording_end", "");
    let object = recorded(meeting, recording)
        .and("timezone", meeting.timezone.as_str())
        .and("duration", meeting.duration)
        .and("recording_file", file);
    Event::of_object("recording.started", host, object, now)
}

/// The recording's files can be fetched.
pub(crate) fn completed(
    host: &User,
    (meeting, recording): (&Meeting, &Recording),
    base_url: &str,
    now: Millis,
) -> Event {
    let files = vec![
        file((meeting, recording), ["video", "shared_screen_with_speaker_view", "MP4"], base_url),
        file((meeting, recording), ["audio", "audio_only", "M4A"], base_url),
    ];
    fetchable("recording.completed", host, (meeting, recording), (files, base_url), now)
}

/// The recording's transcript can be fetched.
pub(crate) fn transcript_completed(
    host: &User,
    (meeting, recording): (&Meeting, &Recording),
    base_url: &str,
    now: Millis,
) -> Event {
    let what = ["transcript", "audio_transcript", "TRANSCRIPT"];
    let files = vec![file((meeting, recording), what, base_url)];
    fetchable("recording.transcript_completed", host, (meeting, recording), (files, base_url), now)
}

fn fetchable(
    name: &'static str,
    host: &User,
    (meeting, recording): (&Meeting, &Recording),
    (files, base_url): (Vec<Json>, &str),
    now: Millis,
) -> Event {
    let count = files.len();
    let length = recording.ended_at.unwrap_or(now) - recording.started_at;
    let object = recorded(meeting, recording)
        .and("password", recording.passcode.as_str())
        .and("timezone", meeting.timezone.as_str())
        .and("host_email", host.email.as_str())
        .and("duration", length / MINUTE)
        .and("share_url", format!("{base_url}/rec/share/{}", recording.id))
        .and("total_size", SIZE * i64::try_from(count).unwrap_or_default())
        .and("recording_count", count)
        .and("auto_delete", false)
        .and("on_prem", false)
        .and("recording_play_passcode", recording.play_passcode.as_str())
        .and("recording_files", files.into_iter().collect::<Json>());
    let payload = Json::object().and("account_id", host.account_id.as_str()).and("object", object);
    let body = Json::object()
        .and("event", name)
        .and("event_ts", now)
        .and("download_token", mint("sandbox-download-"))
        .and("payload", payload);
    Event { name, body }
}

/// Each file says that it has so many bytes.
const SIZE: i64 = 246_560;

fn recorded(meeting: &Meeting, recording: &Recording) -> Json {
    Json::object()
        .and("id", meeting.id)
        .and("uuid", meeting.uuid.as_str())
        .and("host_id", meeting.host_id.as_str())
        .and_some("account_id", recording.ended_at.map(|_| recording.account_id.as_str()))
        .and("topic", meeting.topic.as_str())
        .and("type", meeting.kind)
        .and("start_time", iso(recording.started_at))
}

fn file(
    (meeting, recording): (&Meeting, &Recording),
    [name, recording_type, file_type]: [&str; 3],
    base_url: &str,
) -> Json {
    let extension = if file_type == "TRANSCRIPT" { "VTT" } else { file_type };
    let id = format!("{}-{name}", recording.id);
    Json::object()
        .and("id", id.as_str())
        .and("meeting_id", meeting.uuid.as_str())
        .and("recording_start", iso(recording.started_at))
        .and_some("recording_end", recording.ended_at.map(iso))
        .and("recording_type", recording_type)
        .and("file_type", file_type)
        .and("file_size", SIZE)
        .and("file_extension", extension)
        .and("play_url", format!("{base_url}/rec/play/{id}"))
        .and("download_url", format!("{base_url}/rec/download/{id}"))
        .and("status", "completed")
}
