//! The shape of the source: who may name whom, and what a plugin drags in.

mod boundary;
mod layers;
mod plugins;
mod source;
mod words;
