//! Search: what a reviewer types, and what the search has to find.
use countersign::server::jobs;
use countersign::server::usecase::term;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::standin::{World, case};
use crate::world_flow;

fn person(id: &str, fields: Value) -> Value {
    let wrapped: serde_json::Map<String, Value> = fields
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.clone(), json!({"type": "string", "value": value})))
        .collect();
    json!({"type": "inquiry", "id": id, "attributes": {"status": "needs_review", "created-at": "2026-11-20T09:00:00.000Z",
        "fields": wrapped}, "relationships": {}})
}

/// Subjects of the inquiries that a search finds.
async fn found(by: &Visitor, search: &str) -> Vec<String> {
    let reply = by.call("queue", json!({"filter": {"status": "all", "search": search}})).await;
    assert_eq!(reply.status, 200, "{search}: {}", reply.text());
    let page = reply.json();
    let rows = page["page"]["rows"].as_array().unwrap().iter();
    rows.map(|row| row["subject"].as_str().unwrap_or_default().to_owned()).collect()
}

/// One inquiry for each name.
async fn named(on: On, names: &[&str]) -> (Desk, Visitor) {
    let mut world = World::default();
    for (n, name) in names.iter().enumerate() {
        world.add(person(&format!("inq_{n}"), json!({"name-full": name})));
    }
    let mut desk = world.desk(on).await;
    let analyst = desk.analyst().await;
    (desk, analyst)
}

world_flow! {
    async fn what_is_typed_is_found(on: On) {
        let all = case("searches.json");
        let pairs: Vec<(&str, &str)> = all["queue search"].as_array().unwrap().iter()
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect();
        let names: Vec<&str> = pairs.iter().map(|(_, name)| *name).collect();
        let (_desk, analyst) = named(on, &names).await;
        for (typed, name) in pairs {
            assert_eq!(found(&analyst, typed).await, [name], "{typed}");
        }
    }

    async fn what_was_stored_by_an_older_version_is_found_by_the_new_words(on: On) {
        let names: Vec<String> = (0..30).map(|n| format!("Person{n} Müller")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (desk, analyst) = named(on, &names).await;
        // The state that an older version left: different terms, and no progress of the index recorded.
        let older = "UPDATE inquiry_terms SET term = 'word:older' || term WHERE term LIKE 'word:%'";
        desk.by_hand(older, older).await;
        let began = "UPDATE search_index SET done = 0, walking = 0, after_id = ''";
        desk.by_hand(began, began).await;
        assert!(found(&analyst, "müller").await.is_empty());
        // After some steps the program ends, and another process continues.
        assert_eq!(term::renew(&desk.app, 10).await.unwrap(), 10);
        assert_eq!(found(&analyst, "müller").await.len(), 10);
        let next = desk.another().await;
        assert_eq!(term::renew(&next, 10).await.unwrap(), 10);
        assert_eq!(found(&analyst, "müller").await.len(), 20);
        jobs::queue::run(&next).await.unwrap();
        assert_eq!(found(&analyst, "müller").await.len(), 30);
        assert!(found(&analyst, "older").await.is_empty(), "and nothing of the old stays");
        // The index is renewed once for each version.
        desk.by_hand(older, older).await;
        jobs::queue::run(&desk.app).await.unwrap();
        assert!(found(&analyst, "müller").await.is_empty());
    }

    async fn names_are_found_in_any_spelling_and_order(on: On) {
        let names = ["Jürgen Müller", "Juergen Mueller", "Anne-Marie Le Goff", "山田 太郎", "Łukasz Żółć", "İpek Işık", "Ngô Đình Diệm",
            "أحمد علي", "O'Connor Sinéad", "राम्या शर्मा", "24-7 Fitness & Søn A/S", "Jean_Pierre 3rd", "สมชาย ใจดี", "Nils Ångström"];
        let (_desk, analyst) = named(on, &names).await;
        for (typed, wanted) in [
            ("muller", vec!["Juergen Mueller", "Jürgen Müller"]),
            ("müller jürgen", vec!["Juergen Mueller", "Jürgen Müller"]),
            ("MUELLER", vec!["Juergen Mueller", "Jürgen Müller"]),
            ("annemarie", vec!["Anne-Marie Le Goff"]),
            ("goff anne", vec!["Anne-Marie Le Goff"]),
            ("anne-marie", vec!["Anne-Marie Le Goff"]),
            ("山田太郎", vec!["山田 太郎"]),
            ("太郎", vec!["山田 太郎"]),
            ("lukasz zolc", vec!["Łukasz Żółć"]),
            ("ZOLC", vec!["Łukasz Żółć"]),
            ("ipek isik", vec!["İpek Işık"]),
            ("ngo dinh", vec!["Ngô Đình Diệm"]),
            ("احمد", vec!["أحمد علي"]),
            ("oconnor", vec!["O'Connor Sinéad"]),
            ("O’CONNOR", vec!["O'Connor Sinéad"]),
            ("connor", vec!["O'Connor Sinéad"]),
            ("sine\u{301}ad", vec!["O'Connor Sinéad"]),
            ("ＯＣＯＮＮＯＲ", vec!["O'Connor Sinéad"]),
            ("शर्मा", vec!["राम्या शर्मा"]),
            ("24-7", vec!["24-7 Fitness & Søn A/S"]),
            ("24-7 fitness", vec!["24-7 Fitness & Søn A/S"]),
            ("fitness soen", vec!["24-7 Fitness & Søn A/S"]),
            ("Jean_Pierre", vec!["Jean_Pierre 3rd"]),
            ("3rd jean", vec!["Jean_Pierre 3rd"]),
            ("ชาย", vec!["สมชาย ใจดี"]),
            ("angstrom", vec!["Nils Ångström"]),
            ("aangstroem", vec!["Nils Ångström"]),
            ("ller", vec![]),
            ("राम", vec!["राम्या शर्मा"]),
            ("%", vec![]), ("_", vec![]), ("\"", vec![]), ("'", vec![]), ("\\", vec![]), ("*", vec![]),
        ] {
            let mut got = found(&analyst, typed).await;
            got.sort();
            assert_eq!(got, wanted, "{typed}");
        }
    }

    async fn a_phone_number_is_found_however_it_is_written(on: On) {
        let mut world = World::default();
        let with = |name: &str, phone: &str, country: &str| json!({"name-full": name, "phone-number": phone, "address-country-code": country});
        world.add(person("inq_1", with("London", "+44 (0)20 7946 0000", "GB")));
        world.add(person("inq_2", with("Hamburg", "040 / 1234-5678", "DE")));
        world.add(person("inq_3", with("Rome", "+39 06 6982 0000", "IT")));
        world.add(person("inq_4", with("Dallas", "+1 (207) 946-0000", "US")));
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        for (typed, wanted) in [
            ("+442079460000", "London"), ("+44 (0)20 7946 0000", "London"), ("0044 20 7946 0000", "London"), ("442079460000", "London"),
            ("tel:+44-20-7946-0000", "London"), ("+44.20.7946.0000", "London"), ("＋４４ ２０ ７９４６ ００００", "London"),
            ("04012345678", "Hamburg"), ("+49 40 12345678", "Hamburg"), ("040 1234 5678", "Hamburg"), ("0049 (40) 1234/5678", "Hamburg"),
            ("+390669820000", "Rome"), ("06 6982 0000", "Rome"),
            ("+1 207 946 0000", "Dallas"), ("12079460000", "Dallas"),
        ] {
            assert_eq!(found(&analyst, typed).await, [wanted], "{typed}");
        }
        // National digits without a country code match both; a part of them matches none.
        let mut both = found(&analyst, "207 946 0000").await;
        both.sort();
        assert_eq!(both, ["Dallas", "London"]);
        for typed in ["7946 0000", "+44 20 7946", "+33 20 7946 0000"] {
            assert_eq!(found(&analyst, typed).await, [] as [String; 0], "{typed}");
        }
    }

    async fn a_pasted_address_leads_to_what_it_names(on: On) {
        let mut world = World::default();
        let mut one = person("inq_9fKq2mW7", json!({"name-full": "Mara Vos", "email-address": "Mara.Vos@Mail.example"}));
        one["relationships"] = json!({"account": {"data": {"type": "account", "id": "act_77"}}});
        world.add(one);
        world.add(person("inq_other", json!({"name-full": "Dashboard Inquiries"})));
        world.add(json!({"type": "case", "id": "case_77", "attributes": {"status": "Open", "name": "Seventy-seven",
            "created-at": "2026-11-20T09:00:00.000Z"}, "relationships": {}}));
        let mut desk = world.desk(on).await;
        let analyst = desk.analyst().await;
        for typed in [
            "https://app.withpersona.com/dashboard/inquiries/inq_9fKq2mW7",
            "https://app.withpersona.com/dashboard/inquiries/inq_9fKq2mW7?utm_source=mail_1#tab_2",
            "app.withpersona.com/dashboard/inquiries/inq_9fKq2mW7/",
            " <https://desk.example/inquiries/inq_9fKq2mW7> ",
            "https://withpersona.com/verify?inquiry-id=inq_9fKq2mW7",
            "https://app.withpersona.com/dashboard/accounts/act_77",
            "inq_9fKq2mW7", "INQ_9FKQ2MW7", "mailto:mara.vos@mail.example", "Mara <MARA.VOS@mail.example>",
        ] {
            assert_eq!(found(&analyst, typed).await, ["Mara Vos"], "{typed}");
        }
        let cases = analyst.call("cases", json!({"filter": {"status": "all",
            "search": "https://app.withpersona.com/dashboard/cases/case_77?x=1"}})).await.json();
        assert_eq!(cases["page"]["rows"][0]["id"], "case_77");
    }
}
