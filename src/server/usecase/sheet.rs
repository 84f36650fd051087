//! The PDFs of the evidence: which have no page count yet, and the results of counting.
use crate::domain::evidence::Evidence;
use crate::domain::id::ObjectId;
use crate::domain::picture::{FileKind, Part, Sheets};
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

/// Returns the PDFs whose pages have not been counted.
pub async fn uncounted(app: &App, evidence: &Evidence) -> Result<Vec<(ObjectId, Part)>, Error> {
    let mut conn = app.read().await?;
    let known = of(&mut conn, Some(evidence)).await?;
    let pdfs = evidence.files().into_iter().map(|file| file.picture).filter(|picture| picture.kind == FileKind::Pdf);
    let counted = |object: &ObjectId, part: Part| known.iter().any(|one| one.object_id == *object && one.part == part);
    Ok(pdfs.filter(|pdf| !counted(&pdf.object_id, pdf.part)).map(|pdf| (pdf.object_id, pdf.part)).collect())
}

pub async fn counted(app: &App, object: ObjectId, part: Part, pages: Result<u16, String>) -> Result<(), Error> {
    app.write(move |tx| {
        Box::pin(async move {
            let (pages, why) = match pages {
                Ok(pages) => (Some(i64::from(pages)), None),
                Err(why) => (None, Some(why)),
            };
            Ok(db::sheet::put(tx, &object, &part.code(), pages, why.as_deref()).await?)
        })
    })
    .await
}

/// Returns what is known of the PDFs of an inquiry.
pub(super) async fn of(conn: &mut Conn, evidence: Option<&Evidence>) -> Result<Vec<Sheets>, Error> {
    let mut objects: Vec<ObjectId> = evidence
        .into_iter()
        .flat_map(Evidence::files)
        .filter(|file| file.picture.kind == FileKind::Pdf)
        .map(|file| file.picture.object_id)
        .collect();
    objects.dedup();
    let mut all = Vec::new();
    for object in objects {
        for row in db::sheet::of(conn, &object).await? {
            let Some(part) = Part::parse(&row.part) else { continue };
            let pages = row.pages.and_then(|pages| u16::try_from(pages).ok());
            all.push(Sheets { object_id: object.clone(), part, pages, why: row.why });
        }
    }
    Ok(all)
}
