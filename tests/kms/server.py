"""A stand-in for AWS KMS on loopback, for tests of the protocol.

It is moto, with three operations that moto lacks (GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial)
and with the key states of AWS's documentation, since moto itself goes on decrypting with keys that are to be deleted.
So it shows that what is sent is understood and in which order it is sent. It is no evidence that anything is destroyed.

usage: server.py FILE     writes its port to FILE when it answers
"""

import base64
import json
import os
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from moto.core.exceptions import JsonRESTError
from moto.kms.models import Key
from moto.kms.responses import KmsResponse
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

IMPORTS = {}
SEEN = set()


def invalid_state(key):
    return JsonRESTError("KMSInvalidStateException", f"{key.arn} is {key.key_state}.")


def key_of(response):
    key_id = response._get_param("KeyId")
    response._validate_key_id(key_id)
    return response.kms_backend.keys[response.kms_backend.get_key_id(key_id)]


def get_parameters_for_import(response):
    key = key_of(response)
    if key.id not in SEEN:
        # The service may not know a key everywhere yet that was made a moment ago.
        SEEN.add(key.id)
        raise JsonRESTError("NotFoundException", "not yet")
    if key.origin != "EXTERNAL" or response._get_param("WrappingAlgorithm") != "RSAES_OAEP_SHA_256":
        raise JsonRESTError("UnsupportedOperationException", "not for this key")
    if key.key_state == "PendingDeletion":
        raise invalid_state(key)
    private = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    token = os.urandom(16)
    IMPORTS[key.id] = (private, token)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return json.dumps(
        {
            "KeyId": key.arn,
            "ImportToken": base64.b64encode(token).decode(),
            "PublicKey": base64.b64encode(public).decode(),
            "ParametersValidTo": 4102444800,
        }
    )


def import_key_material(response):
    key = key_of(response)
    private, token = IMPORTS.pop(key.id)
    if base64.b64decode(response._get_param("ImportToken")) != token:
        raise JsonRESTError("InvalidImportTokenException", "another token")
    sealed = base64.b64decode(response._get_param("EncryptedKeyMaterial"))
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    material = private.decrypt(sealed, oaep)
    if len(material) != 32 or response._get_param("ExpirationModel") != "KEY_MATERIAL_DOES_NOT_EXPIRE":
        raise JsonRESTError("IncorrectKeyMaterialException", "not what was agreed")
    key.key_material = material
    key.key_state = "Enabled"
    return json.dumps({"KeyId": key.arn})


def delete_imported_key_material(response):
    key = key_of(response)
    if key.key_state == "PendingDeletion":
        raise invalid_state(key)
    key.key_material = None
    key.key_state = "PendingImport"
    return json.dumps({"KeyId": key.arn})


def only_when_enabled(call):
    def guarded(response):
        from moto.kms.utils import _deserialize_ciphertext_blob

        blob = response._get_param("CiphertextBlob")
        if blob:
            key = response.kms_backend.keys.get(_deserialize_ciphertext_blob(blob).key_id)
        else:
            key = key_of(response)
        if key is not None and key.key_state != "Enabled":
            raise invalid_state(key)
        return call(response)

    return guarded


def pending_until_imported(init):
    def made(key, *args, **kwargs):
        init(key, *args, **kwargs)
        if key.origin == "EXTERNAL":
            key.key_material = None
            key.key_state = "PendingImport"

    return made


KmsResponse.get_parameters_for_import = get_parameters_for_import
KmsResponse.import_key_material = import_key_material
KmsResponse.delete_imported_key_material = delete_imported_key_material
KmsResponse.encrypt = only_when_enabled(KmsResponse.encrypt)
KmsResponse.decrypt = only_when_enabled(KmsResponse.decrypt)
Key.__init__ = pending_until_imported(Key.__init__)

server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
draft = sys.argv[1] + ".new"
with open(draft, "w") as file:
    file.write(str(server.server_port))
os.rename(draft, sys.argv[1])
server.serve_forever()
