"""Opens a sealed file with its key: read.py FILE KEY_IN_HEX; plain bytes on stdout. Written from docs/sealed-files.md."""

import hmac
import pathlib
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEADER, CHUNK, TAG = 72, 65_536, 16


def derive(key, info):
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)


def read(name, sealed, key):
    header, body = sealed[:HEADER], sealed[HEADER:]
    if len(sealed) < HEADER + TAG or header[:8] != b"OUTISF1\n":
        raise ValueError("not a sealed file")
    file_id, salt, commitment = header[8:24], header[24:40], header[40:]
    if file_id.hex() != name[:32]:
        raise ValueError("sealed under another id")
    header_key = derive(key, b"outis file v1 header" + file_id + salt)
    if not hmac.compare_digest(hmac.digest(header_key, header[:40], "sha256"), commitment):
        raise ValueError("sealed with another key")
    cipher = AESGCM(derive(key, b"outis file v1 chunks" + file_id + salt))
    chunks = [body[at : at + CHUNK + TAG] for at in range(0, len(body), CHUNK + TAG)]
    for index, chunk in enumerate(chunks):
        place = index.to_bytes(8, "little")
        last = bytes([index + 1 == len(chunks)])
        yield cipher.decrypt(bytes(4) + place, chunk, file_id + place + last)


def main():
    path, key = pathlib.Path(sys.argv[1]), bytes.fromhex(sys.argv[2])
    try:
        plain = b"".join(read(path.name, path.read_bytes(), key))
    except (ValueError, InvalidTag) as error:
        sys.exit(f"does not open: {error or 'a chunk was altered'}")
    sys.stdout.buffer.write(plain)


main()
