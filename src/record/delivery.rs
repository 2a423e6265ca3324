//! One of our own events on its way to the project's endpoint, with the attempts made (Standard Webhooks).
