//! Shape, chaining and checking of the access log
