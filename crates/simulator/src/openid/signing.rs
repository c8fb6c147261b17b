use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};

/// The provider's key: Ed25519, signing as `EdDSA` (RFC 8037).
pub(super) struct SigningKey(ed25519_dalek::SigningKey);

/// There is one key, so one name is enough.
const KEY_ID: &str = "demo-1";

impl SigningKey {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&secret))
    }

    /// Claims as a signed JSON Web Token (RFC 7519, compact form).
    pub(super) fn signed(&self, claims: &Value) -> String {
        let head = json!({ "alg": "EdDSA", "typ": "JWT", "kid": KEY_ID });
        let content = format!("{}.{}", encoded(head.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
        let signature = self.0.sign(content.as_bytes());
        format!("{content}.{}", encoded(&signature.to_bytes()))
    }

    /// The public half as a JSON Web Key Set (RFC 7517 §5).
    pub(super) fn jwks(&self) -> Value {
        let x = encoded(self.0.verifying_key().as_bytes());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": KEY_ID, "x": x }] })
    }
}

pub(super) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
