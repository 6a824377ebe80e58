//! Whether bytes are a whole dynamic library for this machine with a plugin in it.
//!
//! `dlopen` maps what the headers promise: a file that was cut off ends the process with SIGBUS
//! there, and a foreign library runs its constructors before anyone can look at it.

use mortise_plugin_api::abi::host::SYMBOL;
use object::{
    Architecture, BinaryFormat, Endianness, File, FileKind, Object, ObjectKind, ObjectSection,
    ObjectSegment,
    elf::{FileHeader32, FileHeader64},
    read::elf::{FileHeader, ProgramHeader, SectionHeader},
};

use super::file::FileFault;

/// Checks everything that can be checked without running any of it.
///
/// # Errors
/// `Empty`, `CutOff`, `NotALibrary`, `OtherMachine`, `NoModule`, `Damaged`.
pub fn check(bytes: &[u8]) -> Result<(), FileFault> {
    if bytes.is_empty() {
        return Err(FileFault::Empty);
    }
    if bytes.starts_with(b"\x7fELF") {
        check_elf_length(bytes)?;
    }
    let kind = FileKind::parse(bytes).map_err(|_| FileFault::NotALibrary)?;
    if matches!(kind, FileKind::MachOFat32 | FileKind::MachOFat64) {
        return Err(FileFault::OtherMachine {
            built_for: "several machines (universal Mach-O)".to_owned(),
            host: host(),
        });
    }
    let known = [
        FileKind::Elf32,
        FileKind::Elf64,
        FileKind::MachO32,
        FileKind::MachO64,
        FileKind::Pe32,
        FileKind::Pe64,
    ];
    if !known.contains(&kind) {
        return Err(FileFault::NotALibrary);
    }
    let file = File::parse(bytes).map_err(|error| FileFault::Damaged(error.to_string()))?;
    if file.kind() != ObjectKind::Dynamic {
        return Err(FileFault::NotALibrary);
    }
    check_machine(&file)?;
    check_ranges(&file, bytes.len() as u64)?;
    check_module(&file)
}

fn check_machine(file: &File<'_>) -> Result<(), FileFault> {
    let width = if file.is_64() { 64 } else { 32 };
    let fits = file.format() == native_format()
        && machine_name(file.architecture()) == std::env::consts::ARCH
        && file.is_little_endian() == cfg!(target_endian = "little")
        && width == usize::BITS;
    if fits {
        return Ok(());
    }
    let order = if file.is_little_endian() { "little" } else { "big" };
    let format = match file.format() {
        BinaryFormat::Elf => "ELF",
        BinaryFormat::MachO => "Mach-O",
        BinaryFormat::Pe => "PE",
        _ => "another format",
    };
    let machine = machine_name(file.architecture());
    Err(FileFault::OtherMachine {
        built_for: format!("{machine} ({format}, {width} bit, {order}-endian)"),
        host: host(),
    })
}

/// What this system loads; objects are COFF where libraries are PE.
fn native_format() -> BinaryFormat {
    match BinaryFormat::native_object() {
        BinaryFormat::Coff => BinaryFormat::Pe,
        other => other,
    }
}

fn host() -> String {
    format!("{} ({})", std::env::consts::ARCH, std::env::consts::OS)
}

/// The name as in [`std::env::consts::ARCH`].
fn machine_name(architecture: Architecture) -> String {
    let name = match architecture {
        Architecture::X86_64 => "x86_64",
        Architecture::I386 => "x86",
        Architecture::Aarch64 => "aarch64",
        Architecture::Arm => "arm",
        Architecture::Riscv64 => "riscv64",
        Architecture::PowerPc64 => "powerpc64",
        Architecture::S390x => "s390x",
        Architecture::LoongArch64 => "loongarch64",
        other => return format!("{other:?}").to_lowercase(),
    };
    name.to_owned()
}

fn check_elf_length(bytes: &[u8]) -> Result<(), FileFault> {
    match bytes.get(4) {
        Some(2) => check_length_of::<FileHeader64<Endianness>>(bytes),
        Some(1) => check_length_of::<FileHeader32<Endianness>>(bytes),
        Some(_) => Err(FileFault::NotALibrary),
        None => Err(cut_off(bytes, size_of::<FileHeader64<Endianness>>() as u64)),
    }
}

fn check_length_of<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<(), FileFault> {
    let whole = |needs: u64| {
        if needs > bytes.len() as u64 { Err(cut_off(bytes, needs)) } else { Ok(()) }
    };
    let damaged = |error: object::Error| FileFault::Damaged(error.to_string());
    whole(size_of::<Elf>() as u64)?;
    let header = Elf::parse(bytes).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let table = |offset: u64, entry: u16, count: u16| {
        offset.saturating_add(u64::from(entry) * u64::from(count))
    };
    whole(table(
        header.e_phoff(endian).into(),
        header.e_phentsize(endian),
        header.e_phnum(endian),
    ))?;
    whole(table(
        header.e_shoff(endian).into(),
        header.e_shentsize(endian),
        header.e_shnum(endian),
    ))?;
    let segments = header.program_headers(endian, bytes).map_err(damaged)?;
    let sections = header.section_headers(endian, bytes).map_err(damaged)?;
    let ranges = segments
        .iter()
        .map(|segment| segment.file_range(endian))
        .chain(sections.iter().filter_map(|section| section.file_range(endian)));
    whole(ranges.map(|(offset, size)| offset.saturating_add(size)).max().unwrap_or(0))
}

fn cut_off(bytes: &[u8], needs: u64) -> FileFault {
    FileFault::CutOff { has: bytes.len() as u64, needs }
}

/// Once more for every format, over what the parser made of the headers.
fn check_ranges(file: &File<'_>, has: u64) -> Result<(), FileFault> {
    let segments = file.segments().map(|segment| segment.file_range());
    let sections = file.sections().filter_map(|section| section.file_range());
    let ends = segments.chain(sections).map(|(offset, size)| offset.saturating_add(size));
    match ends.max() {
        None => Err(FileFault::NotALibrary),
        Some(needs) if needs > has => Err(FileFault::CutOff { has, needs }),
        Some(_) => Ok(()),
    }
}

fn check_module(file: &File<'_>) -> Result<(), FileFault> {
    let damaged = |error: object::Error| FileFault::Damaged(error.to_string());
    for export in file.exports().map_err(damaged)? {
        let export = export.map_err(damaged)?;
        let name = export.name();
        let Some(name) = name.name() else { continue };
        // Mach-O puts an underscore before every C name.
        if name == SYMBOL.as_bytes() || name.strip_prefix(b"_") == Some(SYMBOL.as_bytes()) {
            return Ok(());
        }
    }
    Err(FileFault::NoModule)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF header alone, 64 bit, as `cc` would begin a library.
    fn header(machine: u16, class: u8, order: u8) -> Vec<u8> {
        let mut bytes = vec![0; 64];
        bytes[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, order, 1, 0]);
        let put = |bytes: &mut Vec<u8>, at: usize, value: u16| {
            let value = if order == 1 { value.to_le_bytes() } else { value.to_be_bytes() };
            bytes[at..at + 2].copy_from_slice(&value);
        };
        put(&mut bytes, 16, 3); // ET_DYN
        put(&mut bytes, 18, machine);
        put(&mut bytes, 20, 1);
        bytes
    }

    #[test]
    fn a_file_without_bytes_is_called_empty() {
        assert_eq!(check(b"").unwrap_err(), FileFault::Empty);
    }

    #[test]
    fn text_is_not_a_library() {
        assert_eq!(check(b"#!/bin/sh\nexit 0\n").unwrap_err(), FileFault::NotALibrary);
        assert_eq!(check(b"x").unwrap_err(), FileFault::NotALibrary);
        assert_eq!(check(&[0; 4096]).unwrap_err(), FileFault::NotALibrary);
    }

    #[test]
    fn the_magic_alone_is_a_library_cut_off() {
        assert_eq!(check(b"\x7fELF").unwrap_err(), FileFault::CutOff { has: 4, needs: 64 });
    }

    #[test]
    fn headers_that_promise_more_than_there_is_are_measured() {
        let mut bytes = header(62, 2, 1);
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes()); // e_phoff
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&2_u16.to_le_bytes());
        assert_eq!(check(&bytes).unwrap_err(), FileFault::CutOff { has: 64, needs: 64 + 112 });
        bytes[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(check(&bytes).unwrap_err(), FileFault::CutOff { has: 64, needs: u64::MAX });
    }

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn another_machine_is_named_beside_this_one() {
        let fault = check(&header(183, 2, 1)).unwrap_err();
        let text = fault.to_string();
        assert!(text.starts_with("built for aarch64 (ELF, 64 bit, little-endian)"), "{text}");
        assert!(text.ends_with("this host is x86_64 (linux)"), "{text}");
        let big_endian = check(&header(22, 2, 2)).unwrap_err().to_string();
        assert!(
            big_endian.starts_with("built for s390x (ELF, 64 bit, big-endian)"),
            "{big_endian}"
        );
    }
}
