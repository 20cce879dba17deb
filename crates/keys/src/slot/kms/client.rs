//! The client of the service: where it is, who we are, and what its refusals mean.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_kms::Client;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use zeroize::Zeroizing;

use super::KmsOptions;
use crate::key::{KeyError, SlotFault};

const CONNECT: Duration = Duration::from_secs(5);
/// With all tries.
const OPERATION: Duration = Duration::from_secs(20);
/// After this credentials are read again.
const CREDENTIALS_LIVE: Duration = Duration::from_secs(300);

pub(super) fn client(options: &KmsOptions) -> Client {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(OPERATION).build();
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(options.region.clone()))
        .credentials_provider(CredentialsFile(options.credentials_file.clone()))
        .timeout_config(timeouts);
    config.set_endpoint_url(options.endpoint.clone());
    Client::from_conf(config.build())
}

/// Credentials in a file, in the format of AWS's shared credentials.
#[derive(Debug)]
struct CredentialsFile(PathBuf);

impl ProvideCredentials for CredentialsFile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(read(&self.0))
    }
}

fn read(path: &Path) -> Result<Credentials, CredentialsError> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|_| CredentialsError::not_loaded("the credentials file cannot be read"))?;
    let value = |key: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.into_iter().find(|(k, _)| k.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let (Some(id), Some(secret)) = (value("aws_access_key_id"), value("aws_secret_access_key")) else {
        return Err(CredentialsError::not_loaded("the credentials file lacks a key"));
    };
    let until = SystemTime::now() + CREDENTIALS_LIVE;
    Ok(Credentials::new(id, secret, value("aws_session_token"), Some(until), "file"))
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no such key.
    Gone,
    /// The key is not in a state in which this can be done.
    State,
    Other(SlotFault),
}

impl From<Fault> for KeyError {
    fn from(fault: Fault) -> KeyError {
        KeyError::Slot(match fault {
            Fault::Gone => SlotFault::NoKey,
            Fault::State => SlotFault::Refused("the KMS key is not in a state in which it can be used"),
            Fault::Other(fault) => fault,
        })
    }
}

pub(super) fn fault<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> Fault {
    let code = match &error {
        SdkError::ServiceError(told) => told.err().code(),
        // Credentials that cannot be read fail while the request is made.
        SdkError::ConstructionFailure(_) => return Fault::Other(SlotFault::Forbidden),
        SdkError::DispatchFailure(failure) if failure.is_user() || failure.is_other() => {
            return Fault::Other(SlotFault::Forbidden);
        }
        _ => return Fault::Other(SlotFault::Unreachable),
    };
    match code.unwrap_or_default() {
        "NotFoundException" => Fault::Gone,
        "KMSInvalidStateException" => Fault::State,
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "ExpiredTokenException" => Fault::Other(SlotFault::Forbidden),
        "DisabledException" => Fault::Other(SlotFault::Refused("the KMS key is disabled: enable it")),
        "InvalidCiphertextException" | "IncorrectKeyException" => {
            Fault::Other(SlotFault::Refused("the sealed root is not of this KMS key, or damaged"))
        }
        "LimitExceededException" => Fault::Other(SlotFault::Refused("the account's limit of KMS keys is reached")),
        "ThrottlingException" | "KMSInternalException" | "DependencyTimeoutException" | "InternalFailure" => {
            Fault::Other(SlotFault::Unreachable)
        }
        _ => Fault::Other(SlotFault::Refused("the key service refused what was asked")),
    }
}
