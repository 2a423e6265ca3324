//! Proof Key for Code Exchange, S256 (RFC 7636).

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::secret::CodeVerifier;

/// A verifier of 256 random bits: 43 characters (RFC 7636 §4.1).
pub fn code_verifier(random: [u8; 32]) -> CodeVerifier {
    CodeVerifier::new(Base64UrlUnpadded::encode_string(&random))
}

/// `base64url(sha256(verifier))` (RFC 7636 §4.2).
pub fn code_challenge(verifier: &CodeVerifier) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(verifier.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = code_verifier(octets);
        assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(code_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
