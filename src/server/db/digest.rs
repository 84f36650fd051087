//! Keyed digests of values that must be found again and not be read. The key belongs to the installation: a plain hash
//! of a telephone number or a birthdate can be found by trying all of them.
//!
//! The key is in the same database. It protects the values from readers of a page, an answer or a file; a person who
//! has the database has the evidence itself.
use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Conn, Db, Result, Sql, Tx, corrupt};
use crate::domain::search::{Term, WHOLE};
use crate::domain::search_link::SIGN;

/// Prefix of a keyed word.
const KEYED: &str = "keyed:";
/// Bytes of an attribute's digest: shorter than a plain digest, so that the two can be distinguished.
const ATTRIBUTE: usize = 24;
/// Bytes of a word's digest.
const WORD: usize = 16;
/// Bytes of the sign that replaces words in an address.
const SIGNED: usize = 12;

#[derive(Debug, Clone)]
pub struct Key(Vec<u8>);

pub async fn key(conn: &mut Conn) -> Result<Key> {
    Sql::new("SELECT key FROM digest_key WHERE one = 1").value(conn).await.map(Key)
}

impl Key {
    fn of(&self, purpose: &str, digest: &str, bytes: usize) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| corrupt("digest key"))?;
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(digest.as_bytes());
        Ok(hex::encode(mac.finalize().into_bytes().get(..bytes).unwrap_or_default()))
    }

    /// The digest of an attribute as it is stored and shown.
    pub fn attribute(&self, kind: &str, digest: &str) -> Result<String> {
        self.of(kind, digest, ATTRIBUTE)
    }

    /// The sign that replaces words in an address.
    pub fn sign(&self, words: &str) -> Result<String> {
        Ok(format!("{SIGN}{}", self.of("search", words, SIGNED)?))
    }

    /// A word as it is stored: only a word that must not be read is replaced by a digest.
    fn word(&self, term: &str) -> Result<String> {
        match term.strip_prefix(WHOLE) {
            Some(digest) => Ok(format!("{KEYED}{}", self.of("word", digest, WORD)?)),
            None => Ok(term.to_owned()),
        }
    }
}

fn is_whole(term: &str) -> bool {
    term.starts_with(WHOLE)
}

/// Converts words to the form in which they are stored.
pub async fn words(conn: &mut Conn, words: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    if !words.iter().any(|word| is_whole(word)) {
        return Ok(words.clone());
    }
    let key = key(conn).await?;
    words.iter().map(|word| key.word(word)).collect()
}

/// Converts the terms of a search to the form in which words are stored.
pub async fn terms(conn: &mut Conn, terms: Vec<Term>) -> Result<Vec<Term>> {
    let text = |term: &Term| match term {
        Term::Is(text) | Term::Begins(text) => is_whole(text),
    };
    if !terms.iter().any(text) {
        return Ok(terms);
    }
    let key = key(conn).await?;
    let keyed = terms.into_iter().map(|term| {
        Ok(match term {
            Term::Is(text) => Term::Is(key.word(&text)?),
            Term::Begins(text) => Term::Begins(key.word(&text)?),
        })
    });
    keyed.collect()
}

/// Replaces the plain digests that an earlier version stored by keyed ones, once.
pub(super) async fn upgrade(db: &Db) -> Result<()> {
    let done: i64 = {
        let mut conn = db.read().await?;
        Sql::new("SELECT upgraded FROM digest_key WHERE one = 1").value(&mut conn).await?
    };
    if done == 1 {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    upgraded(&mut tx).await?;
    tx.commit().await.map(|_| ())
}

async fn upgraded(tx: &mut Tx) -> Result<()> {
    let key = key(tx).await?;
    // 64 characters are a plain SHA-256 hash.
    let attributes: Vec<(String, String)> =
        Sql::new("SELECT DISTINCT kind, digest FROM account_attributes WHERE LENGTH(digest) = 64")
            .fetch_all(tx)
            .await?;
    for (kind, digest) in attributes {
        let keyed = key.attribute(&kind, &digest)?;
        Sql::new("UPDATE account_attributes SET digest = $3 WHERE kind = $1 AND digest = $2")
            .bind(&kind)
            .bind(&digest)
            .bind(keyed)
            .execute(tx)
            .await?;
    }
    let words: Vec<String> =
        Sql::new("SELECT DISTINCT term FROM inquiry_terms WHERE term >= 'whole:' AND term < 'whole;'")
            .values(tx)
            .await?;
    for word in words {
        let keyed = key.word(&word)?;
        Sql::new("UPDATE inquiry_terms SET term = $2 WHERE term = $1").bind(&word).bind(keyed).execute(tx).await?;
    }
    Sql::new("UPDATE digest_key SET upgraded = 1 WHERE one = 1").execute(tx).await
}
