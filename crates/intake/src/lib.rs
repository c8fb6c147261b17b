//! Where source systems deliver
