//! What a connection still owes others: rows of the tables, and tokens that the provider is to forget. Written with
//! their cause, done at once when possible, else by the alarm; doing one twice does no harm.

use super::{
    object::{Errands, Inner},
    record::Letter,
};
use crate::{
    host::{Cell, HostError, Statement},
    oauth::{read_revocation_response, revocation_request},
    record::{
        audit, copy,
        grant::{self, Status},
    },
    time::Timestamp,
    zoom,
};

impl<C: Cell> Inner<C> {
    /// Brings the outbox to the tables, in order, as one transaction; one after the other, so that an old letter never
    /// arrives behind a newer one.
    pub(super) async fn deliver(&self) -> Result<(), HostError> {
        let _round = self.round.lock().await;
        let letters = self.load().await?.outbox;
        if letters.is_empty() {
            return Ok(());
        }
        let now = self.cell.now();
        let statements = letters.iter().flat_map(|(_, letter)| letter.statements(now)).collect();
        self.cell.tables(statements).await?;
        for (_, letter) in &letters {
            if let Letter::Delete { grant_id } | Letter::Invalid { grant_id } = letter {
                // A letter is done when its copy is gone too.
                copy::delete_grant(self.cell.as_ref(), grant_id).await?;
            }
        }
        let last = letters.last().map_or(0, |(number, _)| *number);
        self.edit(Errands::None, |record| record.outbox.retain(|(number, _)| *number > last))
            .await?;
        Ok(())
    }

    /// Has the provider forget the tokens that nobody uses any more.
    pub(super) async fn revoke(&self) -> Result<(), HostError> {
        let tokens = self.load().await?.revocations;
        if tokens.is_empty() {
            return Ok(());
        }
        let client = self.client().await?;
        let endpoint = zoom::endpoints(self.cell.settings()).revocation;
        for token in tokens {
            let answer =
                self.cell.send(revocation_request(&endpoint, &client, token.expose())).await;
            let status =
                answer.map_err(|error| HostError::new("provider", error.to_string()))?.status;
            read_revocation_response(status)
                .map_err(|error| HostError::new("provider", error.to_string()))?;
            self.edit(Errands::None, |record| {
                record.revocations.retain(|other| other.expose() != token.expose());
            })
            .await?;
        }
        Ok(())
    }
}

impl Letter {
    fn statements(&self, now: Timestamp) -> Vec<Statement> {
        match self {
            Self::Put { grant } => vec![grant::put(grant)],
            Self::Delete { grant_id } => {
                vec![audit::note_deletion(grant_id, now), grant::delete(grant_id)]
            }
            Self::Invalid { grant_id } => vec![grant::set_status(grant_id, Status::Invalid, now)],
        }
    }
}
