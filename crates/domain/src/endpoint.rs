//! Endpoints of push services, as strangers name them.
