//! The story that every SDK's program tells, in Rust. Prints the ids of its events as JSON.
use sentry::protocol::{Attachment, Context, Map, User};
use sentry::{Breadcrumb, Level};
use std::fmt;

#[derive(Debug)]
struct NoValue;
impl fmt::Display for NoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the voucher has no value")
    }
}
impl std::error::Error for NoValue {}

#[derive(Debug)]
struct VoucherError(NoValue);
impl fmt::Display for VoucherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "voucher HARBOR10 cannot be applied")
    }
}
impl std::error::Error for VoucherError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn main() {
    // DSN, release and environment come from the environment.
    let guard = sentry::init(sentry::ClientOptions::default().server_name("orders-1").attach_stacktrace(true));
    sentry::start_session();
    sentry::configure_scope(|scope| {
        scope.set_user(Some(User {
            id: Some("u-7".into()),
            email: Some("ada@example.com".into()),
            username: Some("ada".into()),
            ..Default::default()
        }));
        scope.set_tag("region", "eu-north");
        let mut order = Map::new();
        order.insert("number".into(), 4711.into());
        order.insert("express".into(), true.into());
        scope.set_context("order", Context::Other(order));
        scope.add_attachment(Attachment {
            buffer: b"one line\nanother".to_vec(),
            filename: "order.txt".into(),
            content_type: Some("text/plain".into()),
            ..Default::default()
        });
    });
    let mut data = Map::new();
    data.insert("ms".into(), 310.into());
    sentry::add_breadcrumb(Breadcrumb {
        category: Some("cart".into()),
        message: Some("shipping quote is late".into()),
        level: Level::Warning,
        data,
        ..Default::default()
    });
    let thrown = sentry::capture_error(&VoucherError(NoValue));
    let message = sentry::capture_message("stock is low", Level::Warning);
    sentry::end_session();
    if !guard.flush(Some(std::time::Duration::from_secs(20))) {
        std::process::exit(1);
    }
    println!("{{\"thrown\":\"{}\",\"message\":\"{}\"}}", thrown.simple(), message.simple());
}
