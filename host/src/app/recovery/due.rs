use crate::{
    domain::{
        ids::{IntegrationId, ProviderId},
        links::{CrmObject, EventPlace},
    },
    ports::UnsettledLink,
};

/// A link to settle, of either sort.
pub(super) enum Due {
    Event(UnsettledLink<EventPlace>),
    Object(UnsettledLink<CrmObject>),
}

impl Due {
    pub(super) fn provider(&self) -> &ProviderId {
        match self {
            Self::Event(due) => &due.link.provider,
            Self::Object(due) => &due.link.provider,
        }
    }

    pub(super) fn integration(&self) -> IntegrationId {
        match self {
            Self::Event(due) => due.link.integration,
            Self::Object(due) => due.link.integration,
        }
    }

    pub(super) fn attempts(&self) -> u32 {
        match self {
            Self::Event(due) => due.attempts,
            Self::Object(due) => due.attempts,
        }
    }

    pub(super) fn count(&self, outcome: &'static str) {
        let kind = match self {
            Self::Event(_) => "event",
            Self::Object(due) => due.link.place.as_str(),
        };
        metrics::counter!("mortise_settled_links_total", "kind" => kind, "outcome" => outcome)
            .increment(1);
    }
}
