//! The one door between the store and anyone's eyes
