//! The demo's application: pages of the library with lists of suggestions, counted, and with pictures by way of `/edge`.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, Uri};
use outis_personal::catalogue::Item;

use super::SITE;
use super::centre::cover_path;
use super::members::{Application, GUEST_TAGS};
use super::shelves::PLACEMENT;
use crate::core::Core;

/// Items of the catalogue that the first page shows, one in so many.
const EVERY: usize = 13;
/// The query by which somebody is the demo's reader.
const READER: &str = "reader";

/// What pages are made from.
pub(super) struct Library {
    pub(super) core: Arc<Core>,
    pub(super) application: Arc<Application>,
    /// Where Outis is.
    pub(super) outis: String,
}

/// The first page and one for each item.
pub(super) fn router(library: Library) -> Router {
    let sections = ["/articles/{name}", "/courses/{name}", "/downloads/{name}"];
    let router = sections.into_iter().fold(Router::new(), |router, section| router.route(section, get(item)));
    router.route("/", get(home)).with_state(Arc::new(library))
}

/// What every page has.
struct Frame {
    site: &'static str,
    outis: String,
    /// Of the reader, if somebody is one.
    token: Option<String>,
    /// What keeps whoever looks at the page who they are from one page to the next.
    query: &'static str,
    follows: String,
}

/// An item with its picture.
struct Card {
    title: String,
    path: String,
    picture: String,
    tags: String,
}

#[derive(Template)]
#[template(path = "demo/home.html")]
struct Home {
    frame: Frame,
    placement: &'static str,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "demo/item.html")]
struct OfItem {
    frame: Frame,
    card: Card,
    is_liked: bool,
}

impl Library {
    fn frame(&self, uri: &Uri) -> Frame {
        let is_reader = uri.query() == Some(READER);
        Frame {
            site: SITE,
            outis: self.outis.clone(),
            token: is_reader.then(|| self.application.guest_token(self.core.clock.now())),
            query: if is_reader { "?reader" } else { "" },
            follows: GUEST_TAGS.join(" and "),
        }
    }

    fn card(&self, item: &Item) -> Card {
        Card {
            title: item.title.clone(),
            picture: format!("{}/edge{}", self.outis, cover_path(&item.id)),
            path: item.id.clone(),
            tags: item.tags.iter().cloned().collect::<Vec<_>>().join(", "),
        }
    }
}

async fn home(State(library): State<Arc<Library>>, uri: Uri) -> Response {
    let catalogue = library.core.catalogues.of(library.application.site());
    let cards = catalogue.items().step_by(EVERY).map(|(_, item)| library.card(item)).collect();
    page(&Home { frame: library.frame(&uri), placement: PLACEMENT, cards })
}

async fn item(State(library): State<Arc<Library>>, uri: Uri) -> Response {
    let catalogue = library.core.catalogues.of(library.application.site());
    let Some(found) = catalogue.number(uri.path()).and_then(|number| catalogue.item(number)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let is_liked = library.application.guest_likes(&library.core, uri.path()).await;
    page(&OfItem { frame: library.frame(&uri), card: library.card(found), is_liked })
}

fn page(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt;
    use outis_event::Day;
    use tower::ServiceExt;

    use super::super::{centre, shelves};
    use super::*;
    use crate::api::tests::House;

    async fn get(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = router.clone().oneshot(request).await.expect("an answer");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    fn all<'a>(page: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
        page.split(before).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn pages_show_lists_and_pictures_that_are_there() {
        let house = House::new().await;
        let site = house.core.registry.settings()[0].id;
        shelves::fill(&house.core, site, Day(20_000)).await.expect("filled");
        let application = Arc::new(Application::new(&house.core, site).await.expect("a secret"));
        application.welcome_guest(&house.core).await.expect("welcome");
        let outis = "http://127.0.0.1:8400".to_owned();
        let library = Library { core: house.core.clone(), application, outis: outis.clone() };
        let router = centre::pictures().merge(super::router(library));

        let (_, nobody) = get(&router, "/").await;
        assert_eq!(all(&nobody, "data-outis-suggest=\"").collect::<Vec<_>>(), ["trending", "latest"]);
        let (_, reader) = get(&router, "/?reader").await;
        assert_eq!(all(&reader, "data-outis-suggest=\"").next(), Some("for-you"));
        let pictures: Vec<&str> = all(&reader, "img src=\"").collect();
        assert_eq!(pictures.len(), 14);
        for picture in pictures {
            let path = picture.strip_prefix(outis.as_str()).and_then(|path| path.strip_prefix("/edge"));
            let (status, svg) = get(&router, path.expect("by way of edge")).await;
            assert!(status == StatusCode::OK && svg.starts_with("<svg"), "{picture}: {svg}");
        }
        for path in all(&reader, "<li><a href=\"") {
            let (status, page) = get(&router, path).await;
            assert!(status == StatusCode::OK && page.contains("data-outis-suggest=\"similar\""), "{path}");
        }
        let (_, liked) = get(&router, "/articles/maps-case-study?reader").await;
        assert!(liked.contains("aria-pressed=\"true\""), "{liked}");
        assert_eq!(get(&router, "/articles/not-there").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&router, "/covers/articles/a%22b.svg").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&router, "/healthz").await.0, StatusCode::OK);
    }
}
