//! Built for the next major version of plugin-api.
#![allow(
    unsafe_code,
    non_camel_case_types,
    non_local_definitions,
    reason = "declares a boundary of its own; abi_stable's macros generate such items"
)]

use abi_stable::{
    StableAbi, declare_root_module_statics,
    library::{
        __call_root_module_loader, CheckTypeLayout, LibHeader, RootModule, RootModuleResult,
    },
    prefix_type::PrefixTypeTrait,
    sabi_types::VersionStrings,
    std_types::{RResult, RStr, RString},
};
use mortise_plugin_api::abi::InstanceBox;

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModule_Ref)))]
#[sabi(missing_field(panic))]
pub struct PluginModule {
    pub manifest: extern "C" fn() -> RString,
    #[sabi(last_prefix_field)]
    pub instantiate: extern "C" fn(settings: RStr<'_>) -> RResult<InstanceBox, RString>,
}

impl RootModule for PluginModule_Ref {
    declare_root_module_statics! {PluginModule_Ref}
    const BASE_NAME: &'static str = "mortise_plugin";
    const NAME: &'static str = "mortise_plugin";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("2.1.0");
}

extern "C" fn manifest() -> RString {
    RString::new()
}

extern "C" fn instantiate(_: RStr<'_>) -> RResult<InstanceBox, RString> {
    RResult::RErr("nothing here".into())
}

fn module() -> PluginModule_Ref {
    PluginModule { manifest, instantiate }.leak_into_prefix()
}

extern "C" fn root_module() -> RootModuleResult {
    __call_root_module_loader(module)
}

// SAFETY: the name is the one that hosts look for, and `root_module` makes a `PluginModule_Ref`.
#[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
pub static PLUGIN: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginModule_Ref>(root_module, CheckTypeLayout::Yes) };
