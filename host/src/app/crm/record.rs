use mortise_plugin_api::crm::{
    Contact, ContactDraft, ContactPage, CreateContact, CreateDeal, Deal, DealDraft, DealPage,
    UpdateContact, UpdateDeal,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    compare,
    input::{Checked, ContactInput, DealInput},
};
use crate::{app::HubError, domain::links::CrmObject};

/// Finds the contact that a vendor takes an e-mail address for.
pub(super) const FIND_CONTACT: &str = "crm.find_contact";

/// The operations on one kind of object, by their names in manifests.
#[derive(Debug)]
pub struct Operations {
    pub(super) create: &'static str,
    pub(super) get: &'static str,
    pub(super) update: &'static str,
    pub(super) delete: &'static str,
    pub(super) list: &'static str,
}

/// A contact or deal, as the use cases need to know it.
pub trait CrmRecord: DeserializeOwned + Send + Sync + 'static {
    /// As callers write it.
    type Input: Send + 'static;
    /// As it is sent.
    type Draft: Clone + Send + Sync + 'static;
    /// A page of a vendor's list.
    type Page: DeserializeOwned;

    /// Which of the two.
    const KIND: CrmObject;
    /// What is asked of providers.
    const OPERATIONS: Operations;

    /// The input, checked.
    ///
    /// # Errors
    /// `Invalid` with every fault, each with the dotted name of its field.
    fn check(input: Self::Input) -> Result<Checked<Self::Draft>, HubError>;

    /// Gives a draft its contacts, by the vendor's ids.
    fn set_contacts(_: &mut Self::Draft, _: Vec<String>) {}

    /// The input of `create`.
    fn creation(key: String, draft: Self::Draft) -> impl Serialize + Send + Sync;

    /// The input of `update`.
    fn replacement(id: String, draft: Self::Draft) -> impl Serialize + Send + Sync;

    /// The vendor's own fields that a draft sets.
    fn extra(draft: &Self::Draft) -> Vec<String>;

    /// The address by which the vendor may have the object already.
    fn email(_: &Self::Draft) -> Option<&str> {
        None
    }

    /// Whether a creation may fail with the object written and something beside it not.
    fn has_parts(_: &Self::Draft) -> bool {
        false
    }

    /// Whether a field is about what is written beside the object.
    fn is_part(_: &str) -> bool {
        false
    }

    /// The vendor's id.
    fn id(&self) -> &str;

    /// Whether it is out of every list.
    fn is_archived(&self) -> bool;

    /// Whether it has what a draft asks for.
    fn is_as_asked(&self, draft: &Self::Draft) -> bool;

    /// Whether it has what a draft asks for, but for some of what is written beside it.
    fn lacks_parts_alone(&self, _: &Self::Draft) -> bool {
        false
    }

    /// The vendor's ids of its contacts.
    fn contacts(&self) -> Option<&[String]> {
        None
    }

    /// A page's objects, warnings and next page.
    fn open(page: Self::Page) -> (Vec<Self>, Vec<String>, Option<String>);
}

impl CrmRecord for Contact {
    type Input = ContactInput;
    type Draft = ContactDraft;
    type Page = ContactPage;

    const KIND: CrmObject = CrmObject::Contact;
    const OPERATIONS: Operations = Operations {
        create: "crm.create_contact",
        get: "crm.get_contact",
        update: "crm.update_contact",
        delete: "crm.delete_contact",
        list: "crm.list_contacts",
    };

    fn check(input: ContactInput) -> Result<Checked<ContactDraft>, HubError> {
        input.check()
    }

    fn creation(key: String, contact: ContactDraft) -> impl Serialize + Send + Sync {
        CreateContact { key, contact }
    }

    fn replacement(id: String, contact: ContactDraft) -> impl Serialize + Send + Sync {
        UpdateContact { id, contact }
    }

    fn extra(draft: &ContactDraft) -> Vec<String> {
        draft.extra.keys().cloned().collect()
    }

    fn email(draft: &ContactDraft) -> Option<&str> {
        draft.email.as_deref()
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn is_archived(&self) -> bool {
        self.archived
    }

    fn is_as_asked(&self, draft: &ContactDraft) -> bool {
        compare::contact(self, draft)
    }

    fn open(page: ContactPage) -> (Vec<Self>, Vec<String>, Option<String>) {
        (page.contacts, page.warnings, page.next_page)
    }
}

impl CrmRecord for Deal {
    type Input = DealInput;
    type Draft = DealDraft;
    type Page = DealPage;

    const KIND: CrmObject = CrmObject::Deal;
    const OPERATIONS: Operations = Operations {
        create: "crm.create_deal",
        get: "crm.get_deal",
        update: "crm.update_deal",
        delete: "crm.delete_deal",
        list: "crm.list_deals",
    };

    fn check(input: DealInput) -> Result<Checked<DealDraft>, HubError> {
        input.check()
    }

    fn set_contacts(draft: &mut DealDraft, contacts: Vec<String>) {
        draft.contacts = Some(contacts);
    }

    fn creation(key: String, deal: DealDraft) -> impl Serialize + Send + Sync {
        CreateDeal { key, deal }
    }

    fn replacement(id: String, deal: DealDraft) -> impl Serialize + Send + Sync {
        UpdateDeal { id, deal }
    }

    fn extra(draft: &DealDraft) -> Vec<String> {
        draft.extra.keys().cloned().collect()
    }

    fn has_parts(draft: &DealDraft) -> bool {
        draft.contacts.as_ref().is_some_and(|contacts| !contacts.is_empty())
    }

    fn is_part(field: &str) -> bool {
        field.starts_with("deal.contacts")
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn is_archived(&self) -> bool {
        self.archived
    }

    fn is_as_asked(&self, draft: &DealDraft) -> bool {
        compare::deal(self, draft)
    }

    fn lacks_parts_alone(&self, draft: &DealDraft) -> bool {
        let (Some(there), Some(asked)) = (&self.contacts, &draft.contacts) else { return false };
        let without = DealDraft { contacts: None, ..draft.clone() };
        there.len() < asked.len()
            && there.iter().all(|id| asked.contains(id))
            && compare::deal(self, &without)
    }

    fn contacts(&self) -> Option<&[String]> {
        self.contacts.as_deref()
    }

    fn open(page: DealPage) -> (Vec<Self>, Vec<String>, Option<String>) {
        (page.deals, page.warnings, page.next_page)
    }
}
