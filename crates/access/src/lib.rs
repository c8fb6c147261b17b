//! May this staff member see this section, now, and why?
