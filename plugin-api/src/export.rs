//! From a provider's `async fn`s to a call that is resumed step by step, with every panic caught.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    context::{Context, Exchange, poll_once},
    error::{Error, ErrorKind, Result},
    http::{HttpAnswer, HttpRequest},
    manifest::Settings,
    provider::{Provider, dispatch_identify},
};

/// A running operation; its output is JSON.
#[doc(hidden)]
pub type Answer = Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send>>;

/// What [`export_plugin!`](crate::export_plugin) adds to a provider: the way from an operation's
/// name to its method.
#[doc(hidden)]
pub trait Exported: Provider {
    fn dispatch(self: Arc<Self>, cx: Context, operation: &str, input: &[u8]) -> Option<Answer>;
}

/// Reads the input, runs the operation, writes the output.
#[doc(hidden)]
pub fn reply<I, O, F, Fut>(input: &[u8], operation: F) -> Answer
where
    I: DeserializeOwned,
    O: Serialize,
    F: FnOnce(I) -> Fut + Send + 'static,
    Fut: Future<Output = Result<O>> + Send + 'static,
{
    match serde_json::from_slice::<I>(input) {
        Ok(input) => {
            let running = operation(input);
            Box::pin(async move {
                let output = running.await?;
                serde_json::to_vec(&output).map_err(|error| {
                    Error::new(ErrorKind::Internal, format!("the output is not JSON: {error}"))
                })
            })
        }
        Err(error) => {
            let error = Error::new(
                ErrorKind::InvalidInput,
                format!("the operation's input is not understood: {error}"),
            );
            Box::pin(std::future::ready(Err(error)))
        }
    }
}

/// The next thing that a call wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Requests to perform, all at once; resume with their answers in the same order.
    NeedHttp(Vec<HttpRequest>),
    /// The operation's output, JSON.
    Done(Vec<u8>),
    /// It failed.
    Failed(Error),
}

/// A provider with its settings; poisoned by the first panic.
pub(crate) struct Guarded<P> {
    provider: Arc<P>,
    poisoned: Arc<AtomicBool>,
}

impl<P: Exported> Guarded<P> {
    pub(crate) fn new(settings: &str) -> Result<Self> {
        guard(|| P::new(&Settings::from_json(settings)?)).map(|provider| Self {
            provider: Arc::new(provider),
            poisoned: Arc::new(AtomicBool::new(false)),
        })
    }

    pub(crate) fn start(&self, operation: &str, input: &[u8]) -> Running {
        if self.poisoned.load(Ordering::Acquire) {
            return Running::failed(poisoned());
        }
        let exchange = Exchange::new(P::vendor_error);
        let started = guard(|| {
            let cx = Context::new(Arc::clone(&exchange));
            dispatch_identify(Arc::clone(&self.provider), cx.clone(), operation, input)
                .or_else(|| Arc::clone(&self.provider).dispatch(cx, operation, input))
                .ok_or_else(|| Error::not_supported(operation))
        });
        if matches!(&started, Err(error) if is_panic(error)) {
            self.poisoned.store(true, Ordering::Release);
        }
        Running {
            state: match started {
                Ok(future) => RunState::Waiting(future),
                Err(error) => RunState::Failed(error),
            },
            exchange,
            asked: Vec::new(),
            poisoned: Arc::clone(&self.poisoned),
        }
    }
}

/// One operation under way.
pub(crate) struct Running {
    state: RunState,
    exchange: Arc<Exchange>,
    asked: Vec<u64>,
    poisoned: Arc<AtomicBool>,
}

enum RunState {
    Waiting(Answer),
    Failed(Error),
    Over,
}

/// A cancelled call is dropped across the boundary, where a panic in one of its destructors would
/// end the host.
impl Drop for Running {
    fn drop(&mut self) {
        let given_up = std::mem::replace(&mut self.state, RunState::Over);
        let cleared = guard(|| {
            drop(given_up);
            Ok(())
        });
        if cleared.is_err() {
            self.poisoned.store(true, Ordering::Release);
        }
    }
}

impl Running {
    fn failed(error: Error) -> Self {
        Self {
            state: RunState::Failed(error),
            exchange: Exchange::new(Error::from_status),
            asked: Vec::new(),
            poisoned: Arc::default(),
        }
    }

    /// Answers the requests of the last step, in their order, and runs to the next step.
    pub(crate) fn resume(&mut self, answers: Vec<HttpAnswer>) -> Step {
        let mut future = match std::mem::replace(&mut self.state, RunState::Over) {
            RunState::Waiting(future) => future,
            RunState::Failed(error) => return Step::Failed(error),
            RunState::Over => return internal("the call is over and was resumed"),
        };
        if self.poisoned.load(Ordering::Acquire) {
            return Step::Failed(poisoned());
        }
        if answers.len() != self.asked.len() {
            return internal("the host answered another number of requests than were asked");
        }
        for (ticket, answer) in self.asked.drain(..).zip(answers) {
            self.exchange.answer(ticket, answer);
        }
        let polled = guard(|| match poll_once(future.as_mut()) {
            Poll::Ready(output) => output.map(Some),
            Poll::Pending => Ok(None),
        });
        match polled {
            Ok(Some(body)) => Step::Done(body),
            Ok(None) => self.wait(future),
            Err(error) => {
                if is_panic(&error) {
                    self.poisoned.store(true, Ordering::Release);
                    // Its destructors run in the state that the panic left behind.
                    let _ = guard(|| {
                        drop(future);
                        Ok(())
                    });
                }
                Step::Failed(error)
            }
        }
    }

    fn wait(&mut self, future: Answer) -> Step {
        let asked = self.exchange.take_asked();
        if asked.is_empty() {
            return internal("the plugin waits for something other than the host");
        }
        let (tickets, requests) = asked.into_iter().unzip();
        self.asked = tickets;
        self.state = RunState::Waiting(future);
        Step::NeedHttp(requests)
    }
}

fn internal(message: &str) -> Step {
    Step::Failed(Error::new(ErrorKind::Internal, message))
}

fn poisoned() -> Error {
    Error::new(ErrorKind::Internal, "the plugin panicked earlier and takes no more calls")
}

const PANICKED: &str = "plugin panicked: ";

fn is_panic(error: &Error) -> bool {
    error.kind == ErrorKind::Internal && error.message.starts_with(PANICKED)
}

/// Runs plugin code; a panic becomes an error.
///
/// Unwind safety: after a panic the instance is poisoned and its state never looked at again; what
/// is shared with other calls is the provider (behind the poison flag) and statics of the plugin.
pub(crate) fn guard<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| Err(panicked(payload)))
}

fn panicked(payload: Box<dyn Any + Send>) -> Error {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    // A payload's own destructor may panic as well.
    let _ = catch_unwind(AssertUnwindSafe(move || drop(payload)));
    Error::new(ErrorKind::Internal, format!("{PANICKED}{message}"))
}

/// Makes a crate of type `cdylib` a plugin: `export_plugin!(GoogleCalendar: Calendar, Routes);`.
///
/// The provider implements [`Provider`] and the traits named; `Routes` comes last.
#[macro_export]
macro_rules! export_plugin {
    ($provider:ty : $($capability:ident),+ $(,)?) => {
        impl $crate::export::Exported for $provider {
            fn dispatch(
                self: ::std::sync::Arc<Self>,
                cx: $crate::Context,
                operation: &str,
                input: &[u8],
            ) -> ::core::option::Option<$crate::export::Answer> {
                $(
                    let run = $crate::export_plugin!(@dispatch $capability);
                    if let ::core::option::Option::Some(answer) =
                        run(::std::sync::Arc::clone(&self), cx.clone(), operation, input)
                    {
                        return ::core::option::Option::Some(answer);
                    }
                )+
                ::core::option::Option::None
            }
        }
        $crate::export_plugin!(@symbol $provider);
    };
    ($provider:ty) => {
        impl $crate::export::Exported for $provider {
            fn dispatch(
                self: ::std::sync::Arc<Self>,
                _cx: $crate::Context,
                _operation: &str,
                _input: &[u8],
            ) -> ::core::option::Option<$crate::export::Answer> {
                ::core::option::Option::None
            }
        }
        $crate::export_plugin!(@symbol $provider);
    };
    (@dispatch Calendar) => { $crate::calendar::dispatch::<Self> };
    (@dispatch Crm) => { $crate::crm::dispatch::<Self> };
    (@dispatch Routes) => { $crate::provider::dispatch_routes::<Self> };
    (@symbol $provider:ty) => {
        const _: () = {
            extern "C" fn root_module() -> $crate::abi::RootModuleResult {
                $crate::abi::root_module::<$provider>()
            }
            // SAFETY: the name is the one that hosts look for, and the type behind it is checked
            // by its layout before it is used.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            pub static PLUGIN: $crate::abi::LibHeader = $crate::abi::header(root_module);
        };
    };
}
