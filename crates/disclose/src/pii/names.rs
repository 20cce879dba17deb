//! Names of properties and query parameters that are about persons.

/// Words that make a property a personal one, wherever they stand in its name.
const PERSONAL: &[&str] = &[
    "account",
    "address",
    "addresses",
    "adress",
    "adresse",
    "bic",
    "billing",
    "birth",
    "birthdate",
    "birthday",
    "birthplace",
    "card",
    "cardholder",
    "cc",
    "city",
    "cookie",
    "creditcard",
    "customerid",
    "cvc",
    "cvv",
    "deviceid",
    "dob",
    "driverslicense",
    "email",
    "emails",
    "ethnicity",
    "fax",
    "fingerprint",
    "firstname",
    "forename",
    "fullname",
    "gender",
    "geburtstag",
    "givenname",
    "iban",
    "imei",
    "ip",
    "ipaddress",
    "ipv4",
    "ipv6",
    "jwt",
    "lastname",
    "lat",
    "latitude",
    "license",
    "lng",
    "login",
    "longitude",
    "mail",
    "maidenname",
    "middlename",
    "mobile",
    "msisdn",
    "nachname",
    "nationalid",
    "nickname",
    "nric",
    "passcode",
    "passport",
    "passwd",
    "password",
    "patient",
    "person",
    "personal",
    "persons",
    "phone",
    "phonenumber",
    "pin",
    "postal",
    "postalcode",
    "postcode",
    "pwd",
    "race",
    "religion",
    "salary",
    "secret",
    "session",
    "sessionid",
    "sex",
    "sin",
    "socialsecurity",
    "sozialversicherung",
    "ssn",
    "street",
    "surname",
    "swift",
    "tax",
    "taxid",
    "telefon",
    "telephone",
    "token",
    "uid",
    "user",
    "userid",
    "username",
    "users",
    "uuid",
    "vat",
    "vorname",
    "zip",
    "zipcode",
];

/// Pairs of words that make a property a personal one though each alone does not.
const PAIRS: &[(&str, &str)] = &[
    ("client", "id"),
    ("contact", "id"),
    ("contact", "name"),
    ("customer", "id"),
    ("customer", "name"),
    ("customer", "number"),
    ("device", "id"),
    ("display", "name"),
    ("family", "name"),
    ("first", "name"),
    ("full", "name"),
    ("given", "name"),
    ("house", "number"),
    ("last", "name"),
    ("maiden", "name"),
    ("member", "id"),
    ("member", "name"),
    ("middle", "name"),
    ("national", "id"),
    ("nick", "name"),
    ("real", "name"),
    ("screen", "name"),
    ("social", "security"),
    ("visitor", "id"),
];

/// Query parameters that carry somebody or a key, besides the personal words.
const CARRIERS: &[&str] = &[
    "access",
    "apikey",
    "assertion",
    "auth",
    "authorization",
    "code",
    "confirm",
    "confirmation",
    "credential",
    "credentials",
    "csrf",
    "hash",
    "hmac",
    "id",
    "invitation",
    "invite",
    "key",
    "magic",
    "name",
    "nonce",
    "oauth",
    "otp",
    "otac",
    "pass",
    "q",
    "query",
    "recipient",
    "reset",
    "search",
    "sid",
    "sig",
    "signature",
    "state",
    "ticket",
    "to",
    "unsubscribe",
    "verification",
    "verify",
];

/// True if a property of this name is refused in every mode: it says that it holds something of a person.
///
/// Looks at the words of the name, in snake, kebab, dotted and camel case. `name` alone is the name of something and
/// is refused only as the whole name.
pub fn refused_property_name(name: &str) -> bool {
    let words = words(name);
    words == ["name"] || is_personal(&words)
}

/// True if the value of a query parameter of this name is never looked at: personal words, keys, searches.
pub fn refused_query_parameter(name: &str) -> bool {
    let words = words(name);
    is_personal(&words) || words.iter().any(|word| CARRIERS.contains(&word.as_str()))
}

fn is_personal(words: &[String]) -> bool {
    let known = |word: &str| PERSONAL.contains(&word);
    words.iter().any(|word| known(word) || word.strip_suffix('s').is_some_and(known))
        || words.windows(2).any(|two| {
            known(&two.concat()) || PAIRS.iter().any(|(first, second)| two[0] == *first && two[1] == *second)
        })
        || known(&words.concat())
}

/// The words of a name in small letters: split at what is no letter or digit, where a capital follows a small letter,
/// and before the last capital of several (`userIPAddress`).
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| letters[i]);
        let after = letters.get(i + 1);
        let small_before = before.is_some_and(|b| b.is_lowercase() || b.is_numeric());
        let last_capital = before.is_some_and(char::is_uppercase) && after.is_some_and(|a| a.is_lowercase());
        if !c.is_alphanumeric() || (c.is_uppercase() && (small_before || last_capital)) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().expect("begun with one").extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_personal_properties_are_refused() {
        for name in [
            "email",
            "E-Mail",
            "userEmail",
            "first_name",
            "lastName",
            "LASTNAME",
            "customer-name",
            "Billing-Address",
            "billing.address.line1",
            "street2_street",
            "phone",
            "phoneNumber",
            "mobile_phone",
            "date_of_birth",
            "DOB",
            "iban",
            "cardNumber",
            "credit_card",
            "passport_no",
            "ssn",
            "socialSecurityNumber",
            "userId",
            "user_id",
            "userIPAddress",
            "client_id",
            "session-id",
            "auth.token",
            "person",
            "persons",
            "contactEmails",
            "zip",
            "geoLat",
            "name",
            "Vorname",
            "addresses",
            "home_city",
        ] {
            assert!(refused_property_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_things_are_not() {
        for name in [
            "plan",
            "seats",
            "topic",
            "recipient_kind",
            "cardinality",
            "zipper",
            "product_name",
            "file_name",
            "author",
            "category",
            "discard",
            "wildcard",
            "mailing_list_size",
            "ipad",
            "shipping",
            "sexton",
            "price",
            "currency",
            "theme",
            "video_length",
            "streetwear",
            "personalised",
            "userland",
            "relationship",
            "tokenizer",
            "latency",
        ] {
            assert!(!refused_property_name(name), "{name}");
        }
    }

    #[test]
    fn parameters_that_carry_keys_or_searches_are_refused() {
        for name in
            ["token", "email", "reset_token", "apiKey", "code", "sid", "q", "signature", "invite", "user[email]"]
        {
            assert!(refused_query_parameter(name), "{name}");
        }
        for name in ["utm_source", "page", "sort", "lang", "ref", "category"] {
            assert!(!refused_query_parameter(name), "{name}");
        }
    }
}
