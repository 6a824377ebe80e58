use std::{collections::BTreeMap, sync::Mutex};

use reqwest::header;

use crate::Answer;

/// A browser of its own: it keeps the hub's cookies and follows nothing by itself.
pub struct Browser {
    http: reqwest::Client,
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    pub(crate) fn new(http: reqwest::Client, base: &str) -> Self {
        Self { http, base: base.to_owned(), cookies: Mutex::default() }
    }

    /// Opens one of the hub's addresses.
    pub async fn open(&self, url: &str) -> Answer {
        assert!(url.starts_with(&self.base), "{url} is not the hub's");
        let mut request = self.http.get(url);
        let cookies = self.cookies();
        if !cookies.is_empty() {
            let pairs: Vec<_> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let answer = Answer::read(request.send().await.unwrap(), &self.base).await;
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// The cookies that it has, by name.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    /// Forgets all cookies.
    pub fn forget_cookies(&self) {
        self.cookies.lock().unwrap().clear();
    }
}
