//! Files that are no whole plugin for this machine: `dlopen` never sees them.

use std::fs;

use mortise::domain::plugins::PluginState;
#[cfg(target_os = "linux")]
use mortise_plugin_api::abi::host::SYMBOL;

use crate::fixtures::{Folder, fixture};

/// The file's length, where its section headers begin, and where its `.dynamic` section is.
fn landmarks(bytes: &[u8]) -> (usize, usize, usize) {
    use object::{Object, ObjectSection, elf::FileHeader64, read::elf::FileHeader};
    let header = FileHeader64::<object::Endianness>::parse(bytes).unwrap();
    let sections = usize::try_from(header.e_shoff(header.endian().unwrap())).unwrap();
    let file = object::File::parse(bytes).unwrap();
    let dynamic = file.section_by_name(".dynamic").unwrap().file_range().unwrap().0;
    (bytes.len(), sections, usize::try_from(dynamic).unwrap())
}

#[tokio::test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
async fn a_plugin_truncated_anywhere_is_refused_as_cut_off() {
    let whole = fs::read(fixture("mirror")).unwrap();
    let (length, sections, dynamic) = landmarks(&whole);
    let folder = Folder::new();
    let places = [
        4,             // the magic alone
        20,            // inside the file header
        63,            // one byte short of it
        64,            // before the program headers
        100,           // inside them
        4096,          // one page
        dynamic + 8,   // inside the dynamic section
        length / 2,    // half
        sections - 1,  // all segments, but not all sections
        sections + 10, // inside the section headers
        length - 4096, // a page short
        length - 1,    // one byte short
    ];
    for (number, &keep) in places.iter().enumerate() {
        let name = format!("cut{number}");
        folder.write(&name, &whole[..keep]);
        let reason = folder.refusal(&name);
        assert!(
            reason.contains(&format!("cut off: the file has {keep} bytes, its headers need ")),
            "{keep} of {length} bytes: {reason}"
        );
        assert_eq!(folder.report(&name).state, PluginState::Refused);
    }
    folder.echo_answers().await;
}

#[tokio::test]
async fn an_empty_file_is_refused() {
    let folder = Folder::new();
    folder.write("nothing", b"");
    let reason = folder.refusal("nothing");
    assert!(reason.ends_with(": empty file"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn text_is_refused() {
    let folder = Folder::new();
    folder.write("text", b"This page has moved. Please log in to download the plugin.\n");
    let reason = folder.refusal("text");
    assert!(reason.ends_with(": not a dynamic library"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn zeros_of_a_plugins_length_are_refused() {
    let folder = Folder::new();
    folder.write("zeros", &vec![0; 1_000_000]);
    let reason = folder.refusal("zeros");
    assert!(reason.ends_with(": not a dynamic library"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn an_executable_is_refused() {
    let folder = Folder::new();
    folder.put("program", &std::env::current_exe().unwrap());
    let reason = folder.refusal("program");
    let known = ["not a dynamic library", "exports no Mortise plugin module"];
    assert!(known.iter().any(|known| reason.contains(known)), "{reason}");
    folder.echo_answers().await;
}

/// Builds a library in the folder out of C. The linker of every Rust build is a C compiler.
#[cfg(target_os = "linux")]
fn compile(folder: &Folder, name: &str, code: &str) {
    let source = folder.root().join(format!("{name}.c"));
    fs::write(&source, code).unwrap();
    let mut cc = std::process::Command::new("cc");
    cc.args(["-shared", "-fPIC", "-Wl,-z,now", "-o"]).arg(folder.path(name)).arg(&source);
    assert!(cc.status().unwrap().success());
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn another_library_is_refused_before_its_constructors_run() {
    let folder = Folder::new();
    let ran = folder.root().join("constructor-ran");
    let code = format!(
        "#include <stdio.h>\n__attribute__((constructor)) static void run(void) {{\n  \
         FILE *f = fopen(\"{}\", \"w\");\n  if (f) fclose(f);\n}}\nint answer(void) {{ return 42; }}\n",
        ran.display()
    );
    compile(&folder, "foreign", &code);
    let reason = folder.refusal("foreign");
    assert!(reason.ends_with(": exports no Mortise plugin module"), "{reason}");
    assert!(!ran.exists());
    folder.echo_answers().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_library_with_the_right_symbol_and_nothing_behind_it_is_refused() {
    let folder = Folder::new();
    compile(&folder, "hollow", &format!("const char {SYMBOL}[4096] = {{0}};\n"));
    let reason = folder.refusal("hollow");
    assert!(reason.contains("built for an incompatible plugin boundary"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_plugin_that_needs_what_this_system_lacks_is_refused_with_its_name() {
    let folder = Folder::new();
    let code = format!(
        "int from_a_newer_system(void);\nconst char {SYMBOL}[4096] = {{0}};\n\
         int answer(void) {{ return from_a_newer_system(); }}\n"
    );
    compile(&folder, "newer", &code);
    let reason = folder.refusal("newer");
    assert!(reason.contains("not a loadable plugin: "), "{reason}");
    assert!(reason.contains("undefined symbol: from_a_newer_system"), "{reason}");
    assert!(!reason.contains("cache"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
async fn a_download_whose_rest_is_zeros_is_refused() {
    let whole = fs::read(fixture("mirror")).unwrap();
    let (length, sections, dynamic) = landmarks(&whole);
    let folder = Folder::new();
    for (number, from) in [64, 4096, dynamic, length / 2, sections].into_iter().enumerate() {
        let mut bytes = whole.clone();
        bytes[from..].fill(0);
        let name = format!("zeros{number}");
        folder.write(&name, &bytes);
        let reason = folder.refusal(&name);
        let known = ["not a dynamic library", "damaged", "exports no Mortise plugin module"];
        assert!(known.iter().any(|known| reason.contains(known)), "{from}: {reason}");
    }
    folder.echo_answers().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn libz_or_another_library_of_the_system_is_refused() {
    // The system's libraries that this process itself has mapped are there on every system.
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let loaded = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    let mut libraries: Vec<_> = loaded
        .filter(|path| {
            path.contains(".so") && (path.starts_with("/lib") || path.starts_with("/usr/lib"))
        })
        .collect();
    libraries.sort_unstable();
    libraries.dedup();
    let libz = ["/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/libz.so.1", "/lib64/libz.so.1"];
    libraries.extend(libz.iter().filter(|path| fs::exists(path).unwrap_or(false)));
    assert!(!libraries.is_empty());
    let folder = Folder::new();
    for (number, library) in libraries.iter().enumerate() {
        let name = format!("system{number}");
        folder.put(&name, library.as_ref());
        let reason = folder.refusal(&name);
        assert!(reason.ends_with(": exports no Mortise plugin module"), "{library}: {reason}");
    }
    folder.echo_answers().await;
}

#[tokio::test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
async fn a_plugin_for_another_machine_is_refused_with_both_named() {
    let mut bytes = fs::read(fixture("mirror")).unwrap();
    bytes[18..20].copy_from_slice(&183_u16.to_le_bytes()); // EM_AARCH64
    let folder = Folder::new();
    folder.write("foreign_machine", &bytes);
    let reason = folder.refusal("foreign_machine");
    assert!(reason.contains("built for aarch64"), "{reason}");
    assert!(reason.contains("this host is x86_64"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_folder_named_like_a_plugin_is_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    let reason = folder.refusal("folder");
    assert!(reason.ends_with(": not a regular file"), "{reason}");
    folder.echo_answers().await;
}

#[tokio::test]
async fn a_missing_file_is_refused_by_the_name_that_it_should_have() {
    let folder = Folder::new();
    let reason = folder.refusal("not_there");
    assert!(reason.starts_with("no file for the plugin not_there in "), "{reason}");
    folder.echo_answers().await;
}
