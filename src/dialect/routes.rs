//! The lists of what dialects serve.

/// Makes the public table and the routes out of one list, so that neither can lack what the other has.
macro_rules! operations {
    ($($number:literal $method:ident $path:literal $handler:path;)*) => {
        /// Every operation that is served: its number in the API's document, its method and its path below the API's own.
        pub const ROUTES: &[(u8, &str, &str)] = &[$(($number, stringify!($method), $path)),*];

        fn operations(scope: actix_web::Scope) -> actix_web::Scope {
            use actix_web::{http::Method, web};
            scope$(.route($path, web::method(Method::$method).to($handler)))*
        }
    };
}
pub(super) use operations;
