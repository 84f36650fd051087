//! Texts of applicants and of links that imitate the desk's own page.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::flow;

/// An inquiry as Persona returns it, announced by a webhook.
async fn arrives(desk: &Desk, case: &str) -> String {
    let answer: Value = serde_json::from_str(case).unwrap();
    let id = answer["data"]["id"].as_str().unwrap().to_owned();
    let event = json!({"data": {"type": "event", "id": format!("evt_{id}"), "attributes": {"name": "inquiry.marked-for-review",
        "created-at": "2026-11-29T01:22:29.483Z", "payload": answer}}});
    assert_eq!(desk.signed_webhook(event.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    countersign::server::jobs::apply_webhooks::run(&desk.app).await.unwrap();
    id
}

flow! {
    async fn a_name_is_text_in_the_title_too(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let cases = [
            (include_str!("../cases/title-injection-redirect.json"), "<meta http-equiv=refresh"),
            (include_str!("../cases/title-injection-oneclick.json"), "<form method=post action=/api/decide>"),
        ];
        for (case, markup) in cases {
            let id = arrives(&desk, case).await;
            for page in [format!("/inquiries/{id}"), "/queue".to_owned(), format!("/queue?search={id}")] {
                let reply = analyst.get(&page).await;
                assert_eq!(reply.status, StatusCode::OK, "{page}");
                let text = reply.text();
                assert!(!text.contains(markup), "{page} holds the applicant's markup");
                assert_eq!(text.matches("</title>").count(), 1, "{page}");
            }
            let page = analyst.get(&format!("/inquiries/{id}")).await.text();
            assert!(page.contains("<h1>&lt;/title&gt;&lt;"), "the name is still the heading");
            assert!(page.contains(&format!("<title>Inquiry {id} ·")), "browsers keep titles: nobody is named in one");
        }
    }

    async fn a_link_does_not_put_its_words_into_our_alert(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let words = "Call +44 20 7946 0000 to unlock your account";
        let error = url::form_urlencoded::byte_serialize(
            base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE, json!({"Invalid": words}).to_string()).as_bytes(),
        )
        .collect::<String>();
        let address = format!("/account?tab=1&__path=%2Fapi%2Fchange-password&__err={error}");
        for forged in [address.clone(), format!("{address}&__sig=00"), format!("{address}&__sig={}", "0".repeat(64))] {
            let reply = analyst.get(&forged).await;
            assert!(!reply.text().contains("7946"), "{forged}");
            assert_eq!((reply.status, reply.header("location").as_str()), (StatusCode::SEE_OTHER, "/account?tab=1"));
        }
        // A message of the server itself is still shown, but only in the browser that sent the form.
        let fields = [("old", "not the password"), ("new", "a long enough new one")];
        let answer = analyst.post_plain("change-password", "/account", &fields).await;
        let back = answer.header("location");
        assert!(back.contains("__err=") && back.contains("__sig="), "{back}");
        let (_, query) = back.split_once('?').unwrap();
        let shown = analyst.get(&format!("/account?{query}")).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shown.text().contains("The current password is wrong."), "the desk's own words");
        let other = desk.second_analyst().await;
        assert_eq!(other.get(&format!("/account?{query}")).await.status, StatusCode::SEE_OTHER);
    }

    async fn a_link_with_accents_outlives_the_sign_in(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        let wanted = "/queue?search=Jos%C3%A9%20%26%20Co&sort=newest";
        let form = desk.nobody().get(wanted).await.header("location");
        let page = desk.nobody().get(&form).await.text();
        assert!(page.contains("value=\"/queue?search=Jos%C3%A9%20%26%20Co&amp;sort=newest\""), "decoded once");
        let fields = [("email", "analyst@desk.example"), ("password", desk.password("analyst@desk.example")), ("next", wanted)];
        assert_eq!(desk.nobody().post_plain("sign-in", &form, &fields).await.header("location"), wanted);
    }
}
