//! A made-up region: people, staff, organisations, message streams and a sign-in provider
