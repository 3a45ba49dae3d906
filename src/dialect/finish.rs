//! Requests are finished even when the client hangs up. A handler that is dropped between its commit and what follows from it
//! would leave the node's memory behind its tables: a block that blocks nobody, a password whose old tokens still work.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// Handles a request in a task of its own, which the end of the connection does not end.
pub async fn to_the_end<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let handled = actix_web::rt::spawn(async move { next.call(req).await });
    handled.await.unwrap_or_else(|_| {
        // The panic itself was reported where it happened.
        let nothing = HttpResponse::InternalServerError().finish();
        Err(InternalError::from_response("a handler panicked", nothing).into())
    })
}
