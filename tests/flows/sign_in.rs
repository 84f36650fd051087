//! Sign-in, sign-out, and changing one's own password.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::attacks::sessions::reset_to;
use crate::desk::Desk;
use crate::flow;

flow! {
    async fn the_right_password_opens_a_session_under_a_new_id(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        assert_eq!(analyst.get("/queue").await.status, StatusCode::OK);
        let reply = desk.try_sign_in("analyst@desk.example", desk.password("analyst@desk.example")).await;
        let set = reply.header("set-cookie");
        for part in ["__Host-id=", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(set.contains(part), "{part} in {set}");
        }
        assert_ne!(reply.cookie(), analyst.cookie);
        assert_eq!(reply.header("location"), "/queue");
        assert_eq!(desk.entries("session.opened", &desk.id_of("analyst@desk.example").await).await.len(), 2);
    }

    async fn over_plain_http_from_another_machine_the_form_says_why_nobody_can_sign_in(desk: Desk) {
        let mut desk = desk;
        desk.analyst().await;
        const WHY: &str = "Browsers store a sign-in only over https";
        let anybody = desk.nobody();
        let opened = anybody.get_as("/login?next=%2Fqueue", &[("host", "desk.test:5104"), ("accept", "text/html")]).await;
        assert_eq!(opened.header("location"), "/login?unencrypted=1&next=%2Fqueue");
        let form = anybody.get_as(&opened.header("location"), &[("host", "desk.test:5104"), ("accept", "text/html")]).await;
        assert!(form.text().contains(WHY) && form.text().contains("value=\"/queue\""), "{}", form.text());
        // A user who posts the form nevertheless sees the reason, and no session is opened, because the browser would
        // drop its cookie.
        let body = crate::desk::encoded(&[("email", "analyst@desk.example"), ("password", desk.password("analyst@desk.example")), ("next", "/queue")]);
        let post = |host: &'static str, origin: &'static str| {
            Request::post("/api/sign-in")
                .header("host", host)
                .header("origin", origin)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html")
                .body(Body::from(body.clone()))
                .unwrap()
        };
        let refused = crate::desk::send(&desk.router, post("desk.test:5104", "http://desk.test:5104")).await;
        assert_eq!((refused.header("location").as_str(), refused.cookie().as_str()), ("/login?unencrypted=1&next=%2Fqueue", ""));
        let opened = crate::desk::send(&desk.router, post("desk.test", "https://desk.test")).await;
        assert!(!opened.cookie().is_empty(), "behind a proxy with a certificate: {}", opened.header("location"));
        for fine in [&[("host", "127.0.0.1:3000")][..], &[("host", "desk.test"), ("sec-fetch-site", "none")]] {
            let form = anybody.get_as("/login", fine).await;
            assert!(form.status == StatusCode::OK && !form.text().contains(WHY), "{fine:?}");
        }
    }

    async fn a_password_is_the_same_however_it_is_typed(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let right = desk.password("analyst@desk.example").to_owned();
        let (composed, taken_apart) = ("fünf grüne Kessel", "fu\u{308}nf gru\u{308}ne Kessel");
        let fields = [("old", right.as_str()), ("new", taken_apart)];
        assert_eq!(analyst.submit("change-password", &fields).await.status, StatusCode::OK);
        assert!(!desk.try_sign_in("analyst@desk.example", composed).await.cookie().is_empty());
        assert!(!desk.try_sign_in("analyst@desk.example", taken_apart).await.cookie().is_empty());
        // The hash of an earlier version: of the text as typed.
        use argon2::PasswordHasher;
        let hash = argon2::Argon2::default().hash_password(taken_apart.as_bytes()).unwrap().to_string();
        reset_to(&desk.app, &desk.id_of("analyst@desk.example").await, hash).await;
        assert!(!desk.try_sign_in("analyst@desk.example", taken_apart).await.cookie().is_empty());
        assert!(desk.try_sign_in("analyst@desk.example", composed).await.cookie().is_empty());
    }

    async fn signing_out_ends_the_session(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let reply = analyst.post_plain("sign-out", "/queue", &[]).await;
        assert_eq!(reply.header("location"), "/login");
        assert!(reply.header("clear-site-data").contains("cache"));
        let removed: Vec<_> = reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        let removed = removed.iter().find(|line| line.starts_with("__Host-id=")).unwrap();
        // Browsers ignore the removal without either attribute.
        assert!(removed.contains("; Secure") && removed.contains("Path=/") && removed.contains("Max-Age=0"), "{removed}");
        assert_eq!(analyst.get("/queue").await.status, StatusCode::SEE_OTHER);
        assert_eq!(analyst.call("frame", serde_json::json!({})).await.status, StatusCode::UNAUTHORIZED);
    }

    async fn the_last_sign_in_is_told_and_another_session_can_be_ended(desk: Desk) {
        let mut desk = desk;
        let here = desk.analyst().await;
        assert!(here.get("/account").await.text().contains("This is your first sign-in."));
        desk.clock.advance(std::time::Duration::from_secs(60));
        let from = |name: &'static str, address: [u8; 4]| {
            let request = axum::http::Request::post("/api/sign-in")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html")
                .header("sec-fetch-site", "same-origin")
                .header("user-agent", name)
                .extension(countersign::server::http::listen::Peer(std::net::SocketAddr::from((address, 4711))));
            let fields = [("email", "analyst@desk.example"), ("password", desk.password("analyst@desk.example")), ("next", "/queue")];
            request.body(axum::body::Body::from(crate::desk::encoded(&fields))).unwrap()
        };
        let there = crate::desk::send(&desk.router, from("Lynx/2.9", [192, 0, 2, 7])).await.cookie();
        let there = crate::desk::Visitor { router: desk.router.clone(), cookie: there };
        assert_eq!(there.get("/queue").await.status, StatusCode::OK);
        desk.clock.advance(std::time::Duration::from_secs(60));
        let newest = desk.sign_in("analyst@desk.example").await;
        let html = newest.get("/account").await.text();
        assert!(html.contains("Before this session you signed in") && html.contains("from 192.0.2.7 with Lynx/2.9"), "{html}");
        assert!(html.matches("action=\"/api/end-session\"").count() == 2 && html.contains(", this session"), "{html}");

        let page = newest.call("account", serde_json::json!({})).await.json();
        let marks: Vec<_> = page["sessions"].as_array().unwrap().iter().map(|one| one["mark"].as_str().unwrap().to_owned()).collect();
        let own = newest.submit("end-session", &[("mark", &marks[0])]).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "this one is ended by signing out");
        for odd in ["", "%", "0123456789abcdef"] {
            assert_eq!(newest.submit("end-session", &[("mark", odd)]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{odd}");
        }
        // No reviewer can end the session of another one.
        let jo = desk.second_analyst().await;
        assert_eq!(jo.submit("end-session", &[("mark", &marks[1])]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(there.get("/queue").await.status, StatusCode::OK);
        let reply = newest.post_plain("end-session", "/account", &[("mark", &marks[1])]).await;
        assert!(reply.header("location").starts_with("http://127.0.0.1:3000/account"));
        assert_eq!(there.get("/queue").await.status, StatusCode::SEE_OTHER, "at once");
        assert_eq!(newest.get("/queue").await.status, StatusCode::OK);
        assert_eq!(here.get("/queue").await.status, StatusCode::OK);
        let told = desk.entries("session.ended", &desk.id_of("analyst@desk.example").await).await;
        assert_eq!(told.iter().map(|entry| entry.fact("ended")).collect::<Vec<_>>(), [Some(marks[1].clone())]);
    }

    async fn a_new_password_ends_the_other_sessions(desk: Desk) {
        let mut desk = desk;
        let here = desk.analyst().await;
        let there = desk.sign_in("analyst@desk.example").await;
        let old = desk.password("analyst@desk.example").to_owned();
        let weak = here.submit("change-password", &[("old", &old), ("new", "short")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        let wrong = here.submit("change-password", &[("old", "nonsense"), ("new", "seven green kettles sing")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(here.submit("change-password", &[("old", &old), ("new", "seven green kettles sing")]).await.status, StatusCode::OK);
        assert_eq!(here.get("/queue").await.status, StatusCode::OK);
        assert_eq!(there.get("/queue").await.status, StatusCode::SEE_OTHER);
        assert!(desk.try_sign_in("analyst@desk.example", &old).await.cookie().is_empty());
    }
}
