//! Prints the `OpenAPI` document of the public surface: what `cargo xtask openapi` keeps in `worker/assets`.

fn main() {
    println!("{:#}", isthmus::edge::openapi());
}
