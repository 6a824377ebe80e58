use crate::domain::{
    ids::LinkId,
    links::{CrmObject, EventPlace, Place},
};

/// How the tables of links to one sort of objects differ from those of the others.
pub trait LinkTable: Place {
    #[doc(hidden)]
    const TABLE: &'static str;
    #[doc(hidden)]
    const EXTERNAL_ID: &'static str;
    #[doc(hidden)]
    const PLACE: &'static str;
    /// The table of the generations that are spent.
    #[doc(hidden)]
    const GENERATIONS: &'static str;
    /// Whether a record has a link for each place, not one in all.
    #[doc(hidden)]
    const PLACE_IS_KEY: bool;

    /// Every place there is, where it is part of the key: an index that has the place in its middle
    /// serves only a search that names all.
    #[doc(hidden)]
    fn all() -> Vec<Self>
    where
        Self: Sized,
    {
        Vec::new()
    }

    #[doc(hidden)]
    fn column(&self) -> String;

    #[doc(hidden)]
    fn from_column(text: String) -> Option<Self>;

    /// The table of links that take the place of others.
    #[doc(hidden)]
    const MOVES: Option<&'static str> = None;

    /// The link whose place this one takes.
    #[doc(hidden)]
    fn from(&self) -> Option<LinkId> {
        None
    }

    #[doc(hidden)]
    #[must_use]
    fn moved_from(self, _: LinkId) -> Self {
        self
    }
}

impl LinkTable for EventPlace {
    const TABLE: &'static str = "calendar_event_links";
    const EXTERNAL_ID: &'static str = "external_event_id";
    const PLACE: &'static str = "external_calendar_id";
    const GENERATIONS: &'static str = "link_generations";
    const PLACE_IS_KEY: bool = false;
    const MOVES: Option<&'static str> = Some("calendar_event_moves");

    fn column(&self) -> String {
        self.calendar.clone()
    }

    fn from_column(text: String) -> Option<Self> {
        Some(Self::new(text))
    }

    fn from(&self) -> Option<LinkId> {
        self.moved_from
    }

    fn moved_from(self, link: LinkId) -> Self {
        Self { moved_from: Some(link), ..self }
    }
}

impl LinkTable for CrmObject {
    const TABLE: &'static str = "crm_links";
    const EXTERNAL_ID: &'static str = "external_object_id";
    const PLACE: &'static str = "object_type";
    const GENERATIONS: &'static str = "crm_link_generations";
    const PLACE_IS_KEY: bool = true;

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    fn column(&self) -> String {
        self.as_str().to_owned()
    }

    fn from_column(text: String) -> Option<Self> {
        Self::from_name(&text)
    }
}
