//! Entries and source answers to one shared record that keeps disagreement
