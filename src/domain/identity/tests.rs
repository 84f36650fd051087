//! Tests of the comparison lines of whole evidence, in one file because they build the evidence with the same helpers.
use serde_json::json;

use super::side::ValueOrigin;
use super::*;
use crate::domain::inquiry::Field;

/// Fields of a name in two parts, or of an address as on a form.
fn side(label: &str, text: &str) -> Vec<Field> {
    let (first, last, by) = match label {
        "Name" => ("name-first", "name-last", " "),
        _ => ("address-street-1", "address-city", ", "),
    };
    let field = |key: &str, value: &str| Field { key: key.into(), value: value.into() };
    match (text.rsplit_once(by), label) {
        (Some((one, other)), _) => vec![field(first, one), field(last, other)],
        (None, "Name") => vec![field(first, text)],
        (None, _) => vec![field(last, text)],
    }
}

#[test]
fn the_cases_that_went_wrong_are_right() {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/cases/comparisons.json")).unwrap_or_default();
    let cases = cases["cases"].as_array().cloned().unwrap_or_default();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let [label, one, other, wanted] = [0, 1, 2, 3].map(|at| case[at].as_str().unwrap_or_default());
        let (one, other) = (side(label, one), side(label, other));
        let (one, other) = (SideValues::submitted(&one), SideValues::submitted(&other));
        let rule = RULES.iter().find(|rule| rule.label == label);
        let there = rule.and_then(|rule| (rule.compare)(&one, &other)).map(|compared| compared.outcome);
        let fits = match (wanted, &there) {
            ("same", Some(outcome)) => outcome.agrees(),
            ("differs", Some(outcome)) => matches!(outcome, Outcome::Differs { .. } | Outcome::Incomplete { .. }),
            ("not comparable", Some(outcome)) => matches!(outcome, Outcome::NotComparable { .. }),
            _ => false,
        };
        assert!(fits, "{case}: {there:?}");
    }
}

#[test]
fn a_difference_that_cannot_be_explained_stays_open() {
    let said = |code: &str| Resolved {
        field: "Name".into(),
        resolution: code.into(),
        comment: String::new(),
        by: "Maya".into(),
        at: crate::domain::time::Timestamp::from_micros(0),
        of: String::new(),
    };
    let line = |resolved| Comparison {
        label: "Name".into(),
        submitted: Some("A".into()),
        document: Some("B".into()),
        outcome: Some(Outcome::Differs { reasons: vec![] }),
        resolved,
        ..Comparison::default()
    };
    assert!(line(None).open() && line(Some(said(UNEXPLAINED))).open());
    assert!(!line(Some(said("typing-error"))).open());
}

/// A verification: kind, template, minute, facts.
type GivenVerification<'a> = (&'a str, &'a str, u32, serde_json::Value);

fn pairs(of: &serde_json::Value) -> Vec<serde_json::Value> {
    of.as_object().into_iter().flatten().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

fn evidence(submitted: &serde_json::Value, given: &[GivenVerification<'_>]) -> Evidence {
    let verifications: Vec<_> = given
        .iter()
        .enumerate()
        .map(|(n, (kind, template, minute, facts))| {
            json!({"id": format!("ver_{n}"), "kind": kind, "status": "passed", "template": template, "country": "GB",
                "created_at": format!("2026-11-20T09:{minute:02}:00.000000Z"), "completed_at": null, "checks": [{"name": "id_image_tampering_detection", "status": "passed", "required": true, "reasons": []}],
                "facts": pairs(facts), "pictures": []})
        })
        .collect();
    let whole = json!({"inquiry": {"id": "inq_1", "status": "needs_review", "reference_id": null, "account_id": null,
        "template_id": null, "note": null, "tags": [], "creator": null, "reviewer_comment": null,
        "created_at": "2026-11-20T09:14:02.000000Z", "updated_at": null, "started_at": null, "completed_at": null,
        "failed_at": null, "marked_for_review_at": null, "decisioned_at": null, "expires_at": null,
        "expired_at": null, "redacted_at": null, "fields": pairs(submitted)},
        "verifications": verifications, "reports": [], "sessions": []});
    serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
}

fn signals(evidence: &Evidence) -> Vec<String> {
    evidence.signals(&[]).into_iter().map(|signal| signal.label).collect()
}

const GREEN: &str = "All checks passed";

fn anna() -> serde_json::Value {
    json!({"name-first": "Anna", "name-last": "Smith"})
}

fn with(one: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    let mut one = one;
    if let (Some(map), serde_json::Value::Object(more)) = (one.as_object_mut(), more) {
        map.extend(more);
    }
    one
}

#[test]
fn every_passed_document_has_to_agree_and_the_line_says_which_does_not() {
    let other = json!({"id-class": "dl", "name-first": "ANNA", "name-last": "SMYTHE"});
    let right = json!({"id-class": "pp", "name-first": "ANNA", "name-last": "SMITH"});
    for kind in ["government-id", "government-id-nfc"] {
        for order in [[&other, &right], [&right, &other]] {
            let [first, last] = order.map(Clone::clone);
            let both = evidence(&anna(), &[(kind, "vtmpl_1", 1, first), ("government-id", "vtmpl_2", 2, last)]);
            assert_eq!(signals(&both), ["Name mismatch"]);
            let line = &both.comparisons()[0];
            assert_eq!(line.document.as_deref(), Some("ANNA SMYTHE"));
            assert_eq!(line.note().as_deref(), Some("Driver licence, GB. Differs"));
        }
    }
    // A later pass does not replace an earlier pass. It replaces a failure, which is reported if it showed another
    // person.
    let mut again = evidence(
        &anna(),
        &[("government-id", "vtmpl_1", 1, other.clone()), ("government-id", "vtmpl_1", 2, right.clone())],
    );
    assert_eq!(signals(&again), ["Name mismatch"]);
    again.verifications[0].status = "failed".into();
    assert_eq!(again.comparisons()[0].note(), None);
    assert_eq!(signals(&again), ["Earlier attempt: another name", "Earlier attempt: Government ID failed"]);
    again.verifications[0].facts = again.verifications[1].facts.clone();
    assert_eq!(signals(&again), [GREEN, "Earlier attempt: Government ID failed"]);
}

#[test]
fn a_number_belongs_to_one_document_and_its_chip_has_to_say_the_same() {
    let of = |class: &str, number: &str| with(anna(), json!({"id-class": class, "document-number": number}));
    let submitted = with(anna(), json!({"identification-number": "AB123"}));
    let two = |chip: serde_json::Value| {
        evidence(
            &submitted,
            &[
                ("government-id", "vtmpl_1", 1, of("pp", "AB123")),
                ("government-id", "vtmpl_2", 2, of("dl", "ZZ999")),
                ("government-id-nfc", "vtmpl_3", 3, chip),
            ],
        )
    };
    assert_eq!(signals(&two(of("pp", "AB123"))), [GREEN]);
    assert_eq!(signals(&two(of("pp", "AB124"))), ["Document number mismatch"]);
    let none = evidence(&submitted, &[("government-id", "vtmpl_1", 1, of("pp", "AB124"))]);
    assert_eq!(signals(&none), ["Document number mismatch"], "a document's number goes by two names");
    let class = with(submitted.clone(), json!({"selected-id-class": "dl"}));
    let class = evidence(&class, &[("government-id", "vtmpl_1", 1, of("pp", "AB123"))]);
    assert_eq!(signals(&class), ["Document number mismatch"], "another class");
}

#[test]
fn whatever_else_passed_has_to_agree_as_well() {
    let submitted = with(
        anna(),
        json!({"birthdate": "1990-01-01", "phone-number": "+44 20 7946 0018", "email-address": "anna@b.example",
            "address-street-1": "12 High Street", "address-city": "Leeds", "address-postal-code": "LS1 4AB",
            "business-name": "Acme Ltd"}),
    );
    let id = ("government-id", "vtmpl_1", 1, with(anna(), json!({"birthdate": "1990-01-01"})));
    let page = |name: &str, value: &str| (format!("read from the pages, guided: {name}"), value.to_owned());
    let pages = |all: &[(String, String)]| json!(all.iter().cloned().collect::<BTreeMap<_, _>>());
    for (kind, facts, label) in [
        ("database", json!({"name-first": "JOHN", "name-last": "DOE"}), "Name mismatch"),
        ("database", json!({"birthdate": "1950-05-05"}), "Birthdate mismatch"),
        ("aamva", json!({"name-first": "A.", "name-last": "SMITH"}), "Name incomplete"),
        ("database", json!({"address-street-1": "14 High Street", "address-city": "Leeds"}), "Address mismatch"),
        ("phone-number", json!({"phone-number": "+44 20 7946 0019"}), "Phone mismatch"),
        ("email-address", json!({"email-address": "anna@c.example"}), "E-mail mismatch"),
        ("database-business", json!({"business-name": "Acme LLC"}), "Business mismatch"),
        ("document", pages(&[page("name_full", "John Doe, page 1, match full")]), "Name mismatch"),
        ("document", pages(&[page("address_street_1", "14 High Street, page 1")]), "Address mismatch"),
    ] {
        let one = evidence(&submitted, &[id.clone(), (kind, "vtmpl_2", 2, facts.clone())]);
        assert!(signals(&one).contains(&label.to_owned()), "{kind} {facts}: {:?}", signals(&one));
        let lines = one.comparisons();
        let line = lines.iter().find(|line| line.label.contains(APART)).unwrap_or_else(|| panic!("{kind}"));
        assert!(label.starts_with(line.field()), "{line:?}");
        assert!(
            line.label != line.field() && !lines.iter().any(|other| other.label == line.field() && other.differs())
        );
    }
    for (kind, facts) in [
        ("database", json!({"name-first": "ANNA", "name-last": "SMITH", "birthdate": "1990-01-01"})),
        ("database", json!({"address-street-1": "12 High St", "address-postal-code": "LS1 4AB"})),
        ("phone-number", json!({"phone-number": "+442079460018"})),
        ("selfie", json!({"document-similarity-score": "98"})),
        (
            "document",
            pages(&[page("name_full", "Anna Smith, page 1, match full"), page("address_city", "LEEDS, page 1")]),
        ),
        ("database", json!({"identification-number": "12"})),
    ] {
        let one = evidence(&submitted, &[id.clone(), (kind, "vtmpl_2", 2, facts.clone())]);
        let only_place = kind == "document";
        let expected = if only_place { "Address not comparable" } else { GREEN };
        assert_eq!(signals(&one), [expected], "{kind} {facts}");
    }
    let agreeing =
        evidence(&submitted, &[id, ("database", "vtmpl_2", 2, json!({"name-first": "ANNA", "name-last": "SMITH"}))]);
    assert_eq!(agreeing.comparisons()[0].note().as_deref(), Some("The same in: Database"));
}

#[test]
fn nothing_compared_is_not_green() {
    let id = |facts: serde_json::Value| ("government-id", "vtmpl_1", 1, facts);
    let born = with(anna(), json!({"birthdate": "1990-01-01"}));
    for (submitted, facts, label) in [
        (anna(), json!({"birthdate": "1990-01-01"}), "Name not on the document"),
        (born.clone(), anna(), "Birthdate not on the document"),
        (json!({}), anna(), "Name not submitted"),
        (json!({}), json!({}), "Name not submitted"),
        (json!({"name-first": " ", "name-last": "\u{200b}"}), anna(), "Name not comparable"),
    ] {
        let one = evidence(&submitted, &[id(facts)]);
        assert_eq!(signals(&one), [label], "{submitted}");
    }
    assert_eq!(signals(&evidence(&json!({"name-full": "Anna Smith"}), &[id(anna())])), [GREEN]);
    let mut erased = evidence(&json!({}), &[id(json!({}))]);
    erased.inquiry.redacted_at = Some(erased.inquiry.created_at);
    assert_eq!(signals(&erased), [GREEN], "nothing is asked of what was erased");
}

#[test]
fn a_suffix_counts() {
    let of = |suffix: &str| with(anna(), json!({"name-suffix": suffix}));
    let labels = |one: serde_json::Value, other| signals(&evidence(&one, &[("government-id", "vtmpl_1", 1, other)]));
    assert_eq!(labels(of("Jr"), of("JR.")), [GREEN]);
    assert_eq!(labels(of("Jr"), json!({"name-first": "ANNA", "name-last": "SMITH JUNIOR"})), [GREEN]);
    assert_eq!(labels(of("Jr"), of("SR")), ["Name mismatch"]);
    assert_eq!(labels(of("Jr"), anna()), ["Name incomplete"]);
    assert_eq!(labels(anna(), of("III")), ["Name incomplete"]);
}

#[test]
fn what_is_asked_of_a_lookup_is_hidden_like_the_field() {
    for rule in &RULES {
        let line = Comparison { label: format!("{}{APART}County risk", rule.label), ..Comparison::default() };
        assert_eq!(line.field(), rule.label);
    }
    assert_eq!(SideValues::submitted(&[]).origin, ValueOrigin::Submitted);
}

#[test]
fn one_more_document_never_raises_a_line_and_one_that_agrees_never_lowers_it() {
    let names = ["ANNA", "ANNE", "ANNA M", "A", "АННА", ""];
    let of = |name: &str| json!({"id-class": "pp", "name-first": name, "name-last": "SMITH"});
    let rank = |all: &[&str]| {
        let templates: Vec<String> = (0..all.len()).map(|n| format!("vtmpl_{n}")).collect();
        let given: Vec<GivenVerification<'_>> =
            all.iter().zip(&templates).map(|(name, id)| ("government-id", id.as_str(), 1, of(name))).collect();
        let lines = evidence(&anna(), &given).comparisons();
        lines[0].outcome.as_ref().map(Outcome::rank).unwrap_or_default()
    };
    for one in names {
        for other in names {
            assert_eq!(rank(&[one, other]), rank(&[one]).min(rank(&[other])), "{one:?} {other:?}");
            assert_eq!(rank(&[one, other, "ANNA"]), rank(&[one, other]));
        }
    }
}

#[test]
fn what_is_of_a_business_is_not_held_against_the_person() {
    let passport =
        ("government-id", "pp", 1, json!({"name-first": "ANNA", "name-last": "SMITH", "birthdate": "1990-01-01"}));
    let mut submitted = anna();
    submitted["business-name"] = json!("Harbor Trade LLC");
    submitted["address-country-code"] = json!("GB");
    submitted["phone-number"] = json!("+442079460000");
    let lookup =
        json!({"business-name": "Harbor Trade LLC", "address-country-code": "UA", "phone-number": "+380445550123"});
    let bill = |name: &str| ("document", "bill", 3, json!({"name-full": name}));
    let held = |bill| evidence(&submitted, &[passport.clone(), ("database-business", "db", 2, lookup.clone()), bill]);
    assert_eq!(signals(&held(bill("Harbor Trade LLC"))), [GREEN], "{:?}", held(bill("Harbor Trade LLC")).comparisons());
    assert_eq!(signals(&held(bill("Anna Smith"))), [GREEN]);
    assert_eq!(signals(&held(bill("Other Trade LLC"))), ["Name mismatch"]);
}

/// Members of Persona's published verifications that name a person under another name than most do.
#[test]
fn whoever_is_named_under_another_published_name_is_compared() {
    let submitted = with(
        anna(),
        json!({"birthdate": "1990-01-01", "phone-number": "+15035550147", "email-address": "anna@a.example",
            "address-street-1": "12 High Street", "address-city": "Leeds", "business-name": "Acme Ltd"}),
    );
    let passport = || ("government-id", "vtmpl_1", 1, with(anna(), json!({"birthdate": "1990-01-01"})));
    let cases = [
        ("digital-id-singpass", json!({"name": "MALLORY EVIL"}), "Name mismatch"),
        (
            "database-serpro",
            json!({"name-full": "MALLORY EVIL", "name-first": "ANNA", "name-last": "SMITH"}),
            "Whole name mismatch",
        ),
        (
            "digital-id-its-me",
            json!({"name-first": "Anna", "name-last": "Smith", "phone": "+15035559999"}),
            "Phone mismatch",
        ),
        (
            "digital-id-its-me",
            json!({"name-first": "Anna", "name-last": "Smith", "email": "other@evil.example"}),
            "E-mail mismatch",
        ),
        ("database-tin", json!({"name-business": "EVIL CORP"}), "Business mismatch"),
        ("database-vat-number", json!({"registered-business-name": "EVIL SA"}), "Business mismatch"),
        (
            "database-standard",
            json!({"name-first": "Anna", "name-last": "Smith", "normalized-address-street-1": "99 Low Road"}),
            "Address mismatch",
        ),
        ("digital-id-generic", json!({"name": "Anna Smith", "date-of-birth": "1950-01-01"}), "Birthdate mismatch"),
    ];
    for (kind, facts, label) in cases {
        let both = evidence(&submitted, &[passport(), (kind, "vtmpl_2", 2, facts.clone())]);
        assert_eq!(signals(&both), [label], "{kind} {facts}");
    }
    let fine =
        evidence(&submitted, &[passport(), ("digital-id-singpass", "vtmpl_2", 2, json!({"name": "SMITH ANNA"}))]);
    assert_eq!(signals(&fine), ["Name incomplete"], "which is the family name is not certain");
}

#[test]
fn what_shows_who_somebody_is_and_names_nobody_is_not_green() {
    let of = |kind: &str, facts: serde_json::Value| signals(&evidence(&anna(), &[(kind, "vtmpl_1", 1, facts)]));
    assert_eq!(of("mdoc", json!({"birthdate": "1990-01-01"})), ["No name was verified"]);
    assert_eq!(of("mdoc", json!({"name-first": "Anna", "name-last": "Smith"})), [GREEN]);
    for kind in [
        "credit-card",
        "selfie",
        "business-website",
        "database-business-footprint",
        "phone-number-silent-network-authentication",
    ] {
        assert_eq!(of(kind, json!({})), ["No identity was verified"], "{kind}");
    }
}

#[test]
fn somebody_else_is_found_under_whatever_name_the_parts_of_a_name_have() {
    let anna = || with(anna(), json!({"birthdate": "1990-01-01"}));
    let of = |kind: &str, facts: serde_json::Value| {
        signals(&evidence(&anna(), &[("government-id", "vtmpl_1", 1, anna()), (kind, "vtmpl_2", 2, facts)]))
    };
    let both = ["Birthdate mismatch", "Name mismatch"];
    let born = "1984-01-08";
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    for (kind, facts) in [
        ("aamva", json!({"first-name": "Jong Un", "last-name": "Kim", "dob": born})),
        ("aamva", json!({"firstName": "Jong Un", "lastName": "Kim", "birthDate": born})),
        (
            "verifiable-credential",
            json!({"subject.given-name": "Jong Un", "subject.family-name": "Kim", "subject.birth-date": born}),
        ),
        ("verifiable-credential", json!({"credentialSubject.1.givenName": "Jong Un", "credentialSubject.1.dob": born})),
        ("government-id", json!({"mrz": "P<PRKKIM<<JONG<UN", "date-of-birth": born})),
        ("government-id", json!({"surname": "KIM", "given-names": "JONG UN", "birth-date": born})),
        ("government-id", json!({"holder-name": "KIM JONG UN", "dob": born})),
        ("government-id", json!({"mrz-name": "KIM JONG UN", "dob": born})),
    ] {
        let said = sorted(of(kind, facts.clone()));
        assert_eq!(said, both, "{kind} {facts}");
    }
    // In addition to a name that agrees.
    for facts in [
        json!({"mrz": "P<PRKKIM<<JONG<UN"}),
        json!({"holder-name": "Kim Jong Un"}),
        json!({"surname": "Kim", "given-names": "Jong Un"}),
        json!({"subject.given-name": "Jong Un", "subject.family-name": "Kim"}),
    ] {
        assert_eq!(of("government-id", with(anna(), facts.clone())), ["Whole name mismatch"], "{facts}");
    }
    for facts in [
        json!({"mrz": "P<GBRSMITH<<ANNA<<<<<<"}),
        json!({"holder-name": "Anna Smith", "surname": "SMITH", "given-names": "ANNA"}),
        json!({"issuer.name": "State of Oregon", "filename": "front.jpg"}),
    ] {
        assert_eq!(of("government-id", with(anna(), facts.clone())), [GREEN], "{facts}");
    }
    assert_eq!(
        of("verifiable-credential", json!({"bearer.called-name": "Kim Jong Un"})),
        ["Verifiable credential does not say whose it is"]
    );
    assert_eq!(of("database", json!({"issuer-name": "State of Oregon"})), [GREEN]);
}

#[test]
fn what_holds_no_longer_is_not_green_whatever_it_is_and_however_the_day_is_called() {
    let of = |kind: &str, key: &str, day: &str| {
        let mut one = anna();
        one[key] = day.into();
        signals(&evidence(&anna(), &[(kind, "vtmpl_1", 1, one)]))
    };
    for (kind, key) in [
        ("mdoc", "expiration-date"),
        ("digital-id-its-me", "id-expiry-date"),
        ("digital-id-uk-sharecode", "valid-until-date"),
        ("verifiable-credential", "selected-credential-expiration-date"),
        ("aamva", "expirationDate"),
        ("database", "document-expiry-date"),
    ] {
        let said = of(kind, key, "2019-05-01");
        assert!(said.len() == 1 && said[0].ends_with("past its expiry date, 2019-05-01"), "{kind} {key}: {said:?}");
        for day in ["2031-05-01", "2031-05", "2031-05-01T00:00:00.000Z"] {
            assert_eq!(of(kind, key, day), [GREEN], "{kind} {key} {day}");
        }
    }
}

#[test]
fn what_persona_says_of_a_page_counts() {
    let of = |key: &str, value: &str| {
        let mut page = json!({});
        page[key] = value.into();
        let given = [("government-id", "vtmpl_1", 1, anna()), ("document", "vtmpl_2", 2, page)];
        signals(&evidence(&anna(), &given))
    };
    let guided = "read from the pages, guided: name";
    assert_eq!(
        of(guided, "Mallory Evil, page 1, match none"),
        ["Document: Name read from the pages does not match", "Name mismatch"]
    );
    assert_eq!(of(guided, "Anna Smith, page 1, match partial"), ["Document: Name read from the pages does not match"]);
    assert_eq!(of(guided, "nothing found"), ["Document: Name read from the pages does not match"]);
    assert_eq!(of(guided, "Anna Smith, page 1, match full"), [GREEN]);
}

#[test]
fn numbers_of_the_same_kind_have_to_agree_whoever_says_them() {
    let of = |submitted: serde_json::Value, kind: &str, one: serde_json::Value, other: serde_json::Value| {
        let given = [
            ("government-id", "vtmpl_1", 1, anna()),
            ("document", "vtmpl_2", 2, with(anna(), one)),
            (kind, "vtmpl_3", 3, with(anna(), other)),
        ];
        signals(&evidence(&with(anna(), submitted), &given))
    };
    let ssn = |number: &str| json!({"social-security-number": number});
    let (mine, other) = ("123-45-6789", "999-99-9999");
    let mismatch = ["Social security number mismatch"];
    assert_eq!(of(ssn(mine), "database", json!({}), ssn(other)), mismatch);
    assert_eq!(of(json!({}), "database", ssn(mine), ssn(other)), mismatch, "none was submitted");
    assert_eq!(of(json!({}), "database-ecbsv", ssn(mine), json!({"identification-number": other})), mismatch);
    assert_eq!(of(ssn(mine), "database-tin", json!({}), json!({"tin": other, "tin-type": "SSN"})), mismatch);
    assert_eq!(of(ssn(mine), "database", json!({}), ssn("123456789")), [GREEN]);
    assert_eq!(of(json!({}), "database-ecbsv", ssn(mine), json!({"identification-number": "123456789"})), [GREEN]);
    assert_eq!(of(ssn(mine), "database-tin", json!({}), json!({"tin": other, "tin-type": "EIN"})), [GREEN]);
    assert_eq!(
        of(json!({"cpf": "111.444.777-35"}), "database-serpro", json!({}), json!({"cpf": "52998224725"})),
        ["CPF number mismatch"]
    );
    let last = json!({"social-security-number-last-4": "6789"});
    assert_eq!(of(ssn(mine), "database", json!({}), last), ["Social security number incomplete"]);
    // The same goes for any other value that was not submitted and that two sources have.
    let born = |day: &str| json!({"birthdate": day});
    assert_eq!(of(json!({}), "database", born("1990-01-01"), born("1950-05-05")), ["Birthdate mismatch"]);
    assert_eq!(of(json!({}), "database", born("1990-01-01"), born("1990-01-01")), [GREEN]);
}

/// A processed document of a kind, with its facts.
fn paper(kind: &str, facts: &serde_json::Value) -> Document {
    let whole = json!({"id": "doc_1", "kind": kind, "status": "processed", "created_at": null, "facts": pairs(facts), "pictures": []});
    serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn a_document_of_somebody_else_is_not_green_whatever_kind_it_is_of() {
    let submitted =
        with(anna(), json!({"birthdate": "1990-01-01", "address-street-1": "12 High Street", "address-city": "Leeds"}));
    let id = ("government-id", "vtmpl_1", 1, with(anna(), json!({"birthdate": "1990-01-01"})));
    let of = |kind: &str, facts: serde_json::Value| {
        let mut one = evidence(&submitted, std::slice::from_ref(&id));
        one.documents.push(paper(kind, &facts));
        signals(&one)
    };
    let kim = json!({"name-first": "Kim", "name-last": "Jong Un"});
    for kind in ["generic", "bank-statement", "brand-new-kind", "government-id"] {
        assert_eq!(of(kind, kim.clone()), ["Name mismatch"], "{kind}");
        assert_eq!(of(kind, json!({"date-of-birth": "1984-01-08"})), ["Birthdate mismatch"], "{kind}");
    }
    for key in [
        "account-holder-name",
        "account-holder",
        "customer-name",
        "joint-account-holder-name",
        "accountHolderName",
        "payee",
    ] {
        assert_eq!(of("bank-statement", json!({key: "Kim Jong Un"})), ["Whole name mismatch"], "{key}");
        assert_eq!(of("bank-statement", json!({key: "Anna Smith"})), [GREEN], "{key}");
    }
    assert_eq!(of("generic", json!({"read from the pages: name-full": "Kim Jong Un, page 1"})), ["Name mismatch"]);
    assert_eq!(of("generic", json!({"vessel-name": "Kim"})), ["Document does not say whose it is"]);
    // The rest of a paper may be about others.
    for fine in
        [anna(), json!({}), json!({"address-street-1": "1 Bank Street", "address-city": "London", "bank-name": "Acme"})]
    {
        assert_eq!(of("bank-statement", fine), [GREEN]);
    }
    let mut two = evidence(&submitted, std::slice::from_ref(&id));
    two.documents = vec![paper("generic", &kim), paper("generic", &kim)];
    let labels: Vec<String> =
        two.comparisons().into_iter().filter(Comparison::differs).map(|line| line.label).collect();
    assert_eq!(labels, ["Name, Document", "Name, Document 2"], "each is explained by itself");
    let mut begun = evidence(&submitted, &[id]);
    begun.documents.push(Document { status: "submitted".into(), ..paper("generic", &kim) });
    assert_eq!(signals(&begun), ["Document not processed"], "what was read of it so far says nothing");
}
