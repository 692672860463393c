"""TLS between hosts that share nothing but a key: they make the same certificate of it, and trust no other.

Whoever shows the certificate's private key knows the rendezvous key. TLS binds that proof to the connection and to the
side that gives it, so it can neither be replayed nor be sent back to who asked. The certificate is not secret: somebody
who connects to the head sees it and may try keys against it, which is why a key has to be long, and why trying is slow.
"""

from __future__ import annotations

import functools
import hashlib
import os
import ssl

from sagemaker_rl_container.errors import SettingError

_SALT = b"sagemaker-rl rendezvous, protocol 2"
_WRONG_KEY = ("CERTIFICATE", "UNKNOWN_CA", "DECRYPT")
_NO_TLS = ("WRONG_VERSION", "UNSUPPORTED_PROTOCOL", "HTTP_REQUEST", "HTTPS_PROXY", "PROTOCOL_VERSION", "RECORD_LAYER")


@functools.lru_cache(maxsize=1)
def server_context(key: str) -> ssl.SSLContext:
    """TLS of the head. Takes about 0.1 s of a thread, at most half of it to the cost of others.

    Raises:
        SettingError: The package `cryptography` is missing.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, key)
    context.num_tickets = 0  # no host comes twice
    return context


@functools.lru_cache(maxsize=1)
def client_context(key: str) -> ssl.SSLContext:
    """TLS of a worker. Takes about 0.1 s of a thread, at most half of it to the cost of others.

    Raises:
        SettingError: The package `cryptography` is missing.
    """
    return _context(ssl.PROTOCOL_TLS_CLIENT, key)


def explain(error: ssl.SSLError) -> str:
    """Why TLS failed, where another try would fail, too, in words that lead to what has to be mended; else empty."""
    reason = (error.reason or "").upper().replace(" ", "_")
    if any(sign in reason for sign in _WRONG_KEY):
        return "the rendezvous key is wrong"
    if any(sign in reason for sign in _NO_TLS):
        return "it does not speak TLS: it has no rendezvous key"
    return ""


def _context(side: ssl._SSLMethod, key: str) -> ssl.SSLContext:
    private, certificate = _identity(key)
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the certificate is the job's, not a host's
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=certificate.decode())
    # Python takes a private key from a file alone: from one that is in memory and has no name.
    handle = os.memfd_create("rendezvous")
    try:
        os.write(handle, private + certificate)
        context.load_cert_chain(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
    return context


def _identity(key: str) -> tuple[bytes, bytes]:
    """The private key and the certificate that follow from the rendezvous key, as PEM."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    except ImportError as error:
        raise SettingError(
            "a rendezvous key needs the package `cryptography`, which is not installed",
            where="SAGEMAKER_RL_RENDEZVOUS_KEY",
            expected="an image of this project, or sagemaker-rl-container installed with its extra `ray` or `coach`",
            do="install cryptography, or remove the variable on every host",
        ) from error
    from datetime import datetime

    seed = hashlib.scrypt(key.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32)
    private = Ed25519PrivateKey.from_private_bytes(seed)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sagemaker-rl rendezvous")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        # Always valid: the hosts' clocks may be wrong, and the key lasts as long as its owner wants.
        .not_valid_before(datetime(1970, 1, 1))
        .not_valid_after(datetime(9999, 12, 31, 23, 59, 59))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, algorithm=None)
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, certificate.public_bytes(Encoding.PEM)
