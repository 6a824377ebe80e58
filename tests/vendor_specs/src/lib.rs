//! Extracts of the vendors' API descriptions, to check requests and answers against in tests.
