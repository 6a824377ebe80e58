//! The C boundary. The one file that names abi_stable: only bytes, strings and numbers cross.
#![allow(
    unsafe_code,
    missing_docs,
    non_camel_case_types,
    non_local_definitions,
    reason = "abi_stable's macros generate such items for each type here; our own unsafe is commented"
)]

use abi_stable::{
    StableAbi,
    library::{CheckTypeLayout, RootModule},
    prefix_type::PrefixTypeTrait,
    sabi_trait,
    sabi_types::VersionStrings,
    std_types::{RBox, RResult, RSlice, RStr, RString, RVec, Tuple2},
};

pub use abi_stable::library::{LibHeader, RootModuleResult};

use crate::{
    error::{Error, ErrorKind},
    export::{Exported, Guarded, Running, Step, guard},
    http::{HttpAnswer, HttpRequest, TransportError},
};

/// Exported by every plugin.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModule_Ref)))]
#[sabi(missing_field(panic))]
pub struct PluginModule {
    /// The manifest, JSON; `{"error": {...}}` where it could not be made.
    pub manifest: extern "C" fn() -> RString,
    /// A provider with its settings (JSON); or an error, JSON.
    #[sabi(last_prefix_field)]
    pub instantiate: extern "C" fn(settings: RStr<'_>) -> RResult<InstanceBox, RString>,
}

impl RootModule for PluginModule_Ref {
    abi_stable::declare_root_module_statics! {PluginModule_Ref}
    const BASE_NAME: &'static str = "mortise_plugin";
    const NAME: &'static str = "mortise_plugin";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}

/// A configured provider.
#[sabi_trait]
#[sabi(no_trait_impl)]
pub trait Instance: Send + Sync {
    /// Starts an operation; nothing runs before the first `resume`.
    #[sabi(last_prefix_field)]
    fn start(&self, operation: RStr<'_>, input: RSlice<'_, u8>) -> CallBox;
}

/// An operation under way. Dropping it cancels.
#[sabi_trait]
#[sabi(no_trait_impl)]
pub trait Call: Send {
    /// Runs to the next step; `answers` are those of the last step's requests, in order.
    #[sabi(last_prefix_field)]
    fn resume(&mut self, answers: RVec<AbiAnswer>) -> AbiStep;
}

/// An owned instance.
pub type InstanceBox = Instance_TO<'static, RBox<()>>;
/// An owned call.
pub type CallBox = Call_TO<'static, RBox<()>>;

type Pairs = RVec<Tuple2<RString, RString>>;

/// [`HttpRequest`] as it crosses.
#[repr(C)]
#[derive(StableAbi)]
pub struct AbiRequest {
    pub method: RString,
    pub target: RString,
    pub query: Pairs,
    pub headers: Pairs,
    pub body: RVec<u8>,
    pub ext: RVec<u8>,
}

/// [`HttpAnswer`] as it crosses; `error` is 0 for none, else as in `transport_code`.
#[repr(C)]
#[derive(StableAbi)]
pub struct AbiAnswer {
    pub status: u16,
    pub headers: Pairs,
    pub body: RVec<u8>,
    pub error: u8,
    pub ext: RVec<u8>,
}

/// [`Step`] as it crosses: `kind` 0 needs HTTP, 1 done (body: output), 2 failed (body: error).
#[repr(C)]
#[derive(StableAbi)]
pub struct AbiStep {
    pub kind: u8,
    pub requests: RVec<AbiRequest>,
    pub body: RVec<u8>,
    pub ext: RVec<u8>,
}

const NEED_HTTP: u8 = 0;
const DONE: u8 = 1;
const FAILED: u8 = 2;

/// The header behind the exported symbol.
#[must_use]
pub const fn header(root: extern "C" fn() -> RootModuleResult) -> LibHeader {
    // SAFETY: `root_module` is the only function that yields this result here, and its module is a
    // `PluginModule_Ref`.
    unsafe { LibHeader::from_constructor::<PluginModule_Ref>(root, CheckTypeLayout::Yes) }
}

/// The module of a provider.
#[must_use]
pub fn root_module<P: Exported>() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(module::<P>)
}

fn module<P: Exported>() -> PluginModule_Ref {
    PluginModule { manifest: manifest::<P>, instantiate: instantiate::<P> }.leak_into_prefix()
}

extern "C" fn manifest<P: Exported>() -> RString {
    let made = guard(|| {
        serde_json::to_string(&P::manifest())
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
    });
    match made {
        Ok(json) => json.into(),
        Err(error) => format!("{{\"error\":{}}}", error_json(&error)).into(),
    }
}

extern "C" fn instantiate<P: Exported>(settings: RStr<'_>) -> RResult<InstanceBox, RString> {
    match Guarded::<P>::new(settings.as_str()) {
        Ok(instance) => {
            RResult::ROk(Instance_TO::from_value(instance, abi_stable::sabi_trait::TD_Opaque))
        }
        Err(error) => RResult::RErr(error_json(&error).into()),
    }
}

fn error_json(error: &Error) -> String {
    serde_json::to_string(error).unwrap_or_default()
}

impl<P: Exported> Instance for Guarded<P> {
    fn start(&self, operation: RStr<'_>, input: RSlice<'_, u8>) -> CallBox {
        let running = Guarded::start(self, operation.as_str(), input.as_slice());
        Call_TO::from_value(running, abi_stable::sabi_trait::TD_Opaque)
    }
}

impl Call for Running {
    fn resume(&mut self, answers: RVec<AbiAnswer>) -> AbiStep {
        // Not only the plugin's code: a defect in the SDK must not take the host down either.
        let step = guard(|| {
            Ok(Running::resume(self, answers.into_iter().map(HttpAnswer::from).collect()))
        });
        step.unwrap_or_else(Step::Failed).into()
    }
}

impl From<HttpRequest> for AbiRequest {
    fn from(request: HttpRequest) -> Self {
        Self {
            method: request.method.into(),
            target: request.target.into(),
            query: to_pairs(request.query),
            headers: to_pairs(request.headers),
            body: request.body.into(),
            ext: RequestExt { repeatable: request.repeatable }.into(),
        }
    }
}

impl From<AbiRequest> for HttpRequest {
    fn from(request: AbiRequest) -> Self {
        Self {
            method: request.method.into(),
            target: request.target.into(),
            query: from_pairs(request.query),
            headers: from_pairs(request.headers),
            body: request.body.into(),
            repeatable: RequestExt::read(&request.ext).repeatable,
        }
    }
}

/// What a request says in `ext`: JSON, or nothing where there is nothing to say. Either side may
/// know more fields than the other.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct RequestExt {
    repeatable: bool,
}

impl RequestExt {
    /// What cannot be read says nothing.
    fn read(ext: &[u8]) -> Self {
        if ext.is_empty() {
            Self::default()
        } else {
            serde_json::from_slice(ext).unwrap_or_default()
        }
    }
}

impl From<RequestExt> for RVec<u8> {
    fn from(ext: RequestExt) -> Self {
        if !ext.repeatable {
            return Self::new();
        }
        serde_json::to_vec(&ext).unwrap_or_default().into()
    }
}

impl From<HttpAnswer> for AbiAnswer {
    fn from(answer: HttpAnswer) -> Self {
        Self {
            status: answer.status,
            headers: to_pairs(answer.headers),
            body: answer.body.into(),
            error: answer.error.map_or(0, transport_code),
            ext: RVec::new(),
        }
    }
}

impl From<AbiAnswer> for HttpAnswer {
    fn from(answer: AbiAnswer) -> Self {
        Self {
            status: answer.status,
            headers: from_pairs(answer.headers),
            body: answer.body.into(),
            error: transport_error(answer.error),
        }
    }
}

impl From<Step> for AbiStep {
    fn from(step: Step) -> Self {
        let (kind, requests, body) = match step {
            Step::NeedHttp(requests) => (NEED_HTTP, requests, Vec::new()),
            Step::Done(body) => (DONE, Vec::new(), body),
            Step::Failed(error) => (FAILED, Vec::new(), error_json(&error).into_bytes()),
        };
        let requests = requests.into_iter().map(AbiRequest::from).collect();
        Self { kind, requests, body: body.into(), ext: RVec::new() }
    }
}

impl From<AbiStep> for Step {
    fn from(step: AbiStep) -> Self {
        match step.kind {
            NEED_HTTP => Self::NeedHttp(step.requests.into_iter().map(HttpRequest::from).collect()),
            DONE => Self::Done(step.body.into()),
            FAILED => Self::Failed(serde_json::from_slice(&step.body).unwrap_or_else(|_| {
                Error::new(ErrorKind::Internal, "the plugin failed and did not say how")
            })),
            other => Self::Failed(Error::new(
                ErrorKind::Internal,
                format!("the plugin answered with an unknown step, {other}"),
            )),
        }
    }
}

fn to_pairs(pairs: Vec<(String, String)>) -> Pairs {
    pairs.into_iter().map(|(name, value)| Tuple2(name.into(), value.into())).collect()
}

fn from_pairs(pairs: Pairs) -> Vec<(String, String)> {
    pairs.into_iter().map(|Tuple2(name, value)| (name.into(), value.into())).collect()
}

fn transport_code(error: TransportError) -> u8 {
    match error {
        TransportError::Timeout => 1,
        TransportError::Connect => 2,
        TransportError::Cut => 3,
        TransportError::TooLarge => 4,
        TransportError::Blocked => 5,
    }
}

/// A code that this side does not know yet is read as the mildest one: the answer broke off.
fn transport_error(code: u8) -> Option<TransportError> {
    match code {
        0 => None,
        1 => Some(TransportError::Timeout),
        2 => Some(TransportError::Connect),
        4 => Some(TransportError::TooLarge),
        5 => Some(TransportError::Blocked),
        _ => Some(TransportError::Cut),
    }
}

/// The host's half: loading modules and driving calls, in plain types.
#[cfg(any(feature = "host", feature = "testing"))]
pub mod host {
    use std::path::Path;

    use abi_stable::{
        library::{LibraryError, RawLibrary, lib_header_from_raw_library},
        std_types::RResult,
    };

    use super::{CallBox, InstanceBox, PluginModule_Ref};
    use crate::{
        error::{Error, ErrorKind},
        export::{Exported, Step},
        http::HttpAnswer,
    };

    /// The symbol that a plugin exports.
    pub const SYMBOL: &str = abi_stable::library::ROOT_MODULE_LOADER_NAME;

    /// Why a file could not be loaded. Each prints as one line; `Layout` keeps the dump apart.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum LoadError {
        /// The system's loader refused the file, or it exports no module.
        NotAPlugin(String),
        /// Built for another version of this crate.
        Version {
            /// The plugin's.
            built_for: String,
            /// This host's.
            supported: String,
        },
        /// Its types are laid out otherwise, or its abi_stable is another one.
        Layout {
            /// All differences, many lines.
            dump: String,
        },
        /// Its own code failed while it was loaded.
        Failed(String),
    }

    impl std::fmt::Display for LoadError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                Self::NotAPlugin(why) => write!(f, "not a loadable plugin: {why}"),
                Self::Version { built_for, supported } => write!(
                    f,
                    "built for plugin-api {built_for}; this host supports {supported}: \
                     rebuild the plugin for it or upgrade the host"
                ),
                Self::Layout { .. } => f.write_str(
                    "built for an incompatible plugin boundary: rebuild the plugin with this \
                     host's plugin-api",
                ),
                Self::Failed(why) => write!(f, "the plugin failed while it was loaded: {why}"),
            }
        }
    }

    impl std::error::Error for LoadError {}

    /// A loaded plugin. It is never unloaded.
    #[derive(Clone, Copy)]
    pub struct Module(PluginModule_Ref);

    impl Module {
        /// Loads a plugin file.
        ///
        /// # Safety
        /// Loading runs the file's constructors: it must be a whole dynamic library for this
        /// machine, come from someone who is trusted, and not change while it is loaded.
        ///
        /// # Errors
        /// See [`LoadError`]. Whatever was mapped stays mapped.
        pub unsafe fn load(path: &Path) -> Result<Self, LoadError> {
            let library = RawLibrary::load_at(path).map_err(explain)?;
            // Unloading is unsound once any of its code has run.
            let library: &'static RawLibrary = Box::leak(Box::new(library));
            // SAFETY: the symbol's type is checked by its magic string and abi version first.
            let header = unsafe { lib_header_from_raw_library(library) }.map_err(explain)?;
            header.init_root_module::<PluginModule_Ref>().map(Self).map_err(explain)
        }

        /// The module of a provider that is linked into this program.
        #[must_use]
        pub fn linked<P: Exported>() -> Self {
            Self(super::module::<P>())
        }

        /// The manifest, JSON.
        ///
        /// # Errors
        /// `Internal` where the plugin panicked.
        pub fn manifest(&self) -> Result<String, Error> {
            #[derive(serde::Deserialize)]
            struct Failed {
                error: Error,
            }
            let json: String = self.0.manifest()().into();
            match serde_json::from_str::<Failed>(&json) {
                Ok(failed) => Err(failed.error),
                Err(_) => Ok(json),
            }
        }

        /// A provider with its settings, a JSON object or empty.
        ///
        /// # Errors
        /// What the provider says against its settings; `Internal` where it panicked.
        pub fn instantiate(&self, settings: &str) -> Result<Instance, Error> {
            match self.0.instantiate()(settings.into()) {
                RResult::ROk(instance) => Ok(Instance(instance)),
                RResult::RErr(error) => Err(serde_json::from_str(&error).unwrap_or_else(|_| {
                    Error::new(ErrorKind::Internal, "the plugin did not start and did not say why")
                })),
            }
        }
    }

    fn explain(error: LibraryError) -> LoadError {
        match error {
            LibraryError::OpenError { err, .. } => LoadError::NotAPlugin(err.to_string()),
            LibraryError::GetSymbolError { .. } => {
                LoadError::NotAPlugin("it exports no plugin module".to_owned())
            }
            LibraryError::IncompatibleVersionNumber {
                expected_version, actual_version, ..
            } => LoadError::Version {
                built_for: actual_version.to_string(),
                supported: format!("{}.x", expected_version.major),
            },
            LibraryError::RootModule { err, .. } => LoadError::Failed(err.to_string()),
            other => LoadError::Layout { dump: other.to_string() },
        }
    }

    /// A configured provider.
    pub struct Instance(InstanceBox);

    impl Instance {
        /// Starts an operation with JSON input; nothing runs before the first
        /// [`resume`](Call::resume).
        #[must_use]
        pub fn start(&self, operation: &str, input: &[u8]) -> Call {
            Call(self.0.start(operation.into(), input.into()))
        }
    }

    /// An operation under way. Dropping it cancels.
    pub struct Call(CallBox);

    impl Call {
        /// Runs to the next step: with no answers at first, then with those of the last step's
        /// requests in their order.
        pub fn resume(&mut self, answers: Vec<HttpAnswer>) -> Step {
            self.0.resume(answers.into_iter().map(Into::into).collect()).into()
        }
    }
}
