//! Sends our own events that are due to the project's endpoint, and takes down what came of it. Only the alarm does
//! this; when it dies between sending and writing, the event is sent again under the same id.

use super::{object::Inner, record::Record};
use crate::{
    host::{Cell, HostError},
    record::delivery,
    time::{SECOND, Timestamp},
};

/// After so long a round sends no further event, in milliseconds.
const LONGEST_ROUND: i64 = 10 * SECOND;

impl<C: Cell> Inner<C> {
    /// Sends what is due, as far as one round goes: an endpoint that fails or is slow keeps nothing else waiting.
    pub(super) async fn tell_due(&self, now: Timestamp) -> Result<(), HostError> {
        if self.load().await?.due_events(now).is_empty() {
            return Ok(());
        }
        // Whoever is told will look: what it is about has to be in the tables first, and to have happened there.
        self.deliver().await?;
        for event in self.load().await?.due_events(now) {
            // It may go, or move, while others are told.
            let endpoint = delivery::endpoint(self.cell.as_ref(), &event.project_id).await?;
            let Some(endpoint) = endpoint else {
                self.edit(Record::drop_events).await?;
                break;
            };
            let attempt = self.attempt(&endpoint, &event.id, event.body.as_bytes()).await;
            let (failed, at) = (!attempt.has_delivered(), self.cell.now());
            self.edit(|record| record.attempted(&event.id, &endpoint.url, attempt, at)).await?;
            if failed || at.since(now) >= LONGEST_ROUND {
                break;
            }
        }
        self.deliver().await
    }

    /// Without an endpoint nobody waits to be told.
    pub(super) async fn forget_untold(&self) -> Result<(), HostError> {
        let events = self.load().await?.events;
        if let Some(event) = events.iter().flatten().next()
            && delivery::endpoint(self.cell.as_ref(), &event.project_id).await?.is_none()
        {
            self.edit(Record::drop_events).await?;
        }
        Ok(())
    }
}
