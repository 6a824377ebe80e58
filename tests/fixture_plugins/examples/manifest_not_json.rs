//! The right boundary, and a manifest that is not JSON.
#![allow(unsafe_code, reason = "exports the symbol by hand, as `export_plugin!` does for others")]

use abi_stable::{
    library::{__call_root_module_loader, LibHeader, RootModuleResult},
    prefix_type::PrefixTypeTrait,
    std_types::{RResult, RStr, RString},
};
use mortise_plugin_api::abi::{InstanceBox, PluginModule, PluginModule_Ref, header};

extern "C" fn manifest() -> RString {
    "id: yaml\nname: \"Not JSON\"\n".into()
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

// SAFETY: the name is the one that hosts look for, and the module is the one of the boundary.
#[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
pub static PLUGIN: LibHeader = header(root_module);
