//! Plugin files, good and bad, through the loader: whatever is in the folder, this process lives
//! and the good plugin answers.

mod calls;
mod commands;
mod damaged_files;
mod double;
mod fixtures;
mod identity;
mod panics;
mod settings;
mod trust;
