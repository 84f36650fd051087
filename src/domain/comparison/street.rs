//! Words of streets, flats and places, and their abbreviations.
//!
//! Sources: USPS Publication 28, appendix C1 (street suffixes), 233 (directions), C2 (unit designators); Royal Mail "How to
//! address mail" and PAF guide; Deutsche Post and DIN 5008; La Poste, AFNOR NF Z10-011; Correos and INE (vías); Poste Italiane;
//! PostNL and NEN 5825; UPU S42 and the UPU country pages.
use std::collections::HashSet;
use std::sync::LazyLock;

use super::spelling::same_letters;
use super::words::{Spelled, WordMatch, starts_with_digit};

/// Spellings of words, one word per line, after the countries that use them. No country means all, because English is
/// written in all. A spelling in two lines is ambiguous: `st` is Street or Saint.
const WORDS: &[(&str, &str)] = &[
    (
        "",
        "\
street st str|saint st|sainte ste|road rd|avenue ave av avn|boulevard blvd bd bvd boul bld|lane ln|drive dr drv|\
court ct|place pl|plaza plz plza pza|square sq|terrace ter terr tce|close cl|crescent cres cr|gardens gdns|garden gdn|grove gr grv|\
highway hwy|parkway pkwy pky|circle cir circ|trail trl|way wy|park pk|heights hts|mount mt|mountain mtn|fort ft|point pt|\
junction jct|bridge br brg|center centre ctr cntr|station stn sta|expressway expy|freeway fwy|turnpike tpke|route rte rt|\
alley aly|crossing xing|estate est|estates ests|green grn|hill hl|hills hls|island is|lake lk|lodge ldg|manor mnr|\
meadow mdw|meadows mdws|mews mws|orchard orch|plain pln|ridge rdg|river riv|spring spg|springs spgs|track trk|valley vly|\
view vw|village vlg vill|walk wlk|north n|south s|east e|west w|northeast ne|northwest nw|southeast se|southwest sw|\
first 1st|second 2nd|third 3rd|fourth 4th|fifth 5th|sixth 6th|seventh 7th|eighth 8th|ninth 9th|tenth 10th|\
upper upr|lower lwr|great gt|greater gtr|little lt|doctor dr|building bldg|market mkt|quay qy|esplanade esp|parade pde",
    ),
    (
        "DE AT CH LI LU IT BE",
        "strasse straße str|platz pl|allee al|gasse g|sankt st|am a|ring rg|promenade prom|chaussee ch|\
der d|des d|den d|dem d|die d",
    ),
    (
        "FR BE CH LU MC CA GP MQ GF RE YT NC PF PM BL MF WF DZ MA TN SN CI CM ML NE BF BJ TG GA CG CD MG HT MU DJ TD CF GN KM",
        "rue r|allée allee all|place pl|chemin ch che|impasse imp|route rte|quai q|faubourg fbg fg|passage pass|résidence res|\
lotissement lot|square sq",
    ),
    (
        "ES MX AR CO PE CL VE EC BO PY UY CR PA GT HN SV NI DO CU PR GQ AD US",
        "avenida avda av avd|calle c cl cll|carrera cra kr cr|carretera ctra crta|plaza pza|paseo po pso|camino cno cmno|travesía trva|\
urbanización urb|glorieta gta|ronda rda|jirón jr",
    ),
    ("IT SM VA CH", "via v|viale vle|piazza pza pzza p|piazzale ple|corso cso|largo lgo|vicolo vlo|strada str sda"),
    (
        "PT BR AO MZ CV ST GW TL MO",
        "avenida avda av avd|rua r|travessa tv|praça pca pc|alameda al|estrada est|rodovia rod|largo lg",
    ),
    ("NL BE SR AW CW SX BQ", "straat str|laan ln|plein pln|weg wg|gracht gr|kade kd|steenweg stwg|dreef dr"),
    ("SE FI DK NO IS FO GL AX SJ", "gatan g|vägen v|gade g|vej v|gata g|vei v"),
    ("PL CZ SK", "ulica ul|aleja al|aleje al|plac pl|osiedle os|ulice ul|náměstí nam"),
    ("RU BY UA KZ KG UZ TJ TM MD BG", "улица ул|проспект пр просп|переулок пер|площадь пл|шоссе ш|бульвар бул"),
    ("RU BY UA KZ KG UZ TJ TM MD BG RS HR SI BA ME MK", "ulica ul|ulitsa ul"),
    ("ID MY SG BN", "jalan jl|jalan jln|lorong lrg|taman tmn"),
    ("TR CY AZ", "sokak sk|cadde cad|caddesi cad|mahalle mah|mahallesi mah"),
    ("HU RO SK RS", "utca u|tér t"),
];

/// The lines of a country; all lines when the country is not known.
fn lines(country: Option<&str>) -> impl Iterator<Item = &'static str> {
    WORDS
        .iter()
        .filter(move |(of, _)| of.is_empty() || country.is_none_or(|country| of.split(' ').any(|one| one == country)))
        .flat_map(|(_, lines)| lines.split('|'))
}

/// Words for a flat or the like, which come before its number.
const UNITS: &[&str] = &[
    "flat",
    "flt",
    "apartment",
    "apt",
    "unit",
    "suite",
    "ste",
    "room",
    "rm",
    "wohnung",
    "whg",
    "appartement",
    "appt",
    "app",
    "apartamento",
    "apto",
    "dpto",
    "depto",
    "puerta",
    "pta",
    "interno",
    "int",
    "bus",
    "bte",
    "boite",
    "lgh",
    "lägenhet",
    "kv",
    "кв",
    "квартира",
    "top",
    "lok",
    "lokal",
    "byt",
    "daire",
    "porta",
    "dept",
    "no.",
    "lot",
    "shop",
    "shp",
    "office",
    "ofc",
    "penthouse",
    "ph",
];
const FLOORS: &[&str] = &[
    "floor",
    "fl",
    "flr",
    "level",
    "lvl",
    "etage",
    "étage",
    "stock",
    "stockwerk",
    "og",
    "piso",
    "planta",
    "piano",
    "verdieping",
    "andar",
    "kat",
    "этаж",
    "эт",
];
const BUILDINGS: &[&str] = &[
    "building",
    "bldg",
    "block",
    "blk",
    "tower",
    "twr",
    "scala",
    "stiege",
    "escalera",
    "esc",
    "bâtiment",
    "batiment",
    "bat",
    "bât",
    "bloco",
    "bloque",
    "korpus",
    "корпус",
    "корп",
    "bâtiment",
];
const BOXES: &[&str] = &["box", "postfach", "bp", "apartado", "postbus", "boks", "postboks", "caixa"];

/// What a designator is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DesignatorKind {
    Unit,
    Floor,
    Building,
    Box,
}

impl DesignatorKind {
    pub fn of(word: &str) -> Option<Self> {
        let lists = [(Self::Unit, UNITS), (Self::Floor, FLOORS), (Self::Building, BUILDINGS), (Self::Box, BOXES)];
        lists.into_iter().find(|(_, list)| list.contains(&word)).map(|(kind, _)| kind)
    }

    /// The same, with the letters that mean a flat in single countries: mieszkanie, daire.
    pub fn within(word: &str, country: Option<&str>) -> Option<Self> {
        let local = matches!((country, word), (Some("PL"), "m") | (Some("TR"), "d"));
        if local { Some(Self::Unit) } else { Self::of(word) }
    }

    pub const fn noun(self) -> &'static str {
        match self {
            Self::Unit => "flat or unit",
            Self::Floor => "floor",
            Self::Building => "building",
            Self::Box => "post-office box",
        }
    }
}

/// Whether a word names a kind of street.
pub(super) fn is_street_word(word: &str) -> bool {
    const AT_ENDS: &[&str] = &[
        "strasse", "straße", "straat", "str", "weg", "gasse", "platz", "allee", "laan", "gatan", "vägen", "gade",
        "vej", "gata", "veien", "utca",
    ];
    const OTHERS: &[&str] = &[
        "saint", "sainte", "sankt", "mount", "fort", "north", "south", "east", "west", "new", "great", "upper",
        "lower", "little", "island", "lake", "park", "hill", "hills", "green", "village", "valley", "river", "center",
        "am", "der", "des", "den", "dem", "die", "doctor", "point", "springs", "spring", "market", "heights", "bridge",
        "building",
    ];
    static LISTED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let streets = lines(None).filter(|line| line.split(' ').next().is_some_and(|first| !OTHERS.contains(&first)));
        streets.flat_map(|line| line.split(' ')).filter(|word| word.len() > 2).collect()
    });
    AT_ENDS.iter().any(|end| word.ends_with(end) && word.len() > end.len()) || LISTED.contains(word)
}

/// Whether a word is a short form of a kind of street, such as `ln`; it is a good hint only at the end of a line.
pub(super) fn is_short_street_word(word: &str) -> bool {
    static LISTED: LazyLock<HashSet<&str>> =
        LazyLock::new(|| lines(None).flat_map(|line| line.split(' ').skip(1)).filter(|word| word.len() == 2).collect());
    LISTED.contains(word)
}

fn spelled(word: Spelled) -> String {
    word.iter().map(|letter| letter.c).collect()
}

/// Whether it contains more than the kind of a street and single letters: only then is a letter an abbreviation, and
/// not the name.
pub(super) fn is_named(words: &[Spelled]) -> bool {
    words.iter().any(|word| {
        let text = spelled(word);
        word.len() > 1 && !is_street_word(&text) && !is_short_street_word(&text)
    })
}

/// Whether two words of a street or place in a country are equivalent; `named` is whether there is a name next to them.
pub(super) fn word(x: Spelled, y: Spelled, country: Option<&str>, named: bool) -> WordMatch {
    if let Some(reasons) = same_letters(x, y, false) {
        return WordMatch::Same(reasons);
    }
    let (m, n) = (spelled(x), spelled(y));
    // An abbreviation begins like its word, except for ordinals (`1st`), `xing` and the Colombian `kr`.
    let other = |text: &str| matches!(text, "xing" | "kr");
    let begin = |text: &str| text.chars().next().map(super::spelling::plain);
    if begin(&m) != begin(&n) && !starts_with_digit(&m) && !starts_with_digit(&n) && !other(&m) && !other(&n) {
        return WordMatch::No;
    }
    // What a single letter of a direction means is unclear: see `is_lettered`.
    let direction = |text: &str| matches!(text, "n" | "s" | "e" | "w");
    // Where the language is known, `R. A` is `Rua A`; `a` is a name more often than `am`.
    let language = country.is_some_and(|country| country != "US") && m != "a" && n != "a";
    if !named && !language && [&m, &n].iter().any(|text| text.chars().count() == 1 && !direction(text)) {
        return WordMatch::No;
    }
    let (bare_m, bare_n) = (bare(&m), bare(&n));
    let both = lines(country).any(|line| {
        let has = |word: &str, bare_word: &str| line.split(' ').any(|one| one == word || bare(one) == bare_word);
        has(&m, &bare_m) && has(&n, &bare_n)
    });
    if both {
        let (long, short) = if m.chars().count() >= n.chars().count() { (m, n) } else { (n, m) };
        return WordMatch::Same(vec![format!("{long} as {}", short.to_uppercase())]);
    }
    WordMatch::No
}

/// Whether one street has a letter for its name where the other has a direction: E Street and East Street are two
/// streets. With a name next to it, E is East.
pub(super) fn is_lettered(a: &[Spelled], b: &[Spelled]) -> bool {
    const LETTERS: [(&str, &str); 4] = [("n", "north"), ("s", "south"), ("e", "east"), ("w", "west")];
    if !a.iter().chain(b).any(|word| word.len() == 1) {
        return false;
    }
    let named = |words: &[Spelled]| -> Vec<String> {
        let all = words.iter().map(|word| spelled(word));
        all.filter(|word| !is_street_word(word) && !is_short_street_word(word)).collect()
    };
    let (x, y) = (named(a), named(b));
    let direction = |word: &String| LETTERS.iter().any(|(letter, long)| word == letter || word == long);
    let only = |words: &[String]| words.iter().all(direction);
    let letter = |word: &&String| word.len() == 1;
    x.len() == y.len() && only(&x) && only(&y) && x.iter().filter(letter).count() != y.iter().filter(letter).count()
}

fn bare(word: &str) -> String {
    word.chars().map(|c| super::spelling::bare(c).unwrap_or(c)).collect::<String>().replace('ß', "ss")
}

/// Where a street word that is joined to the name begins: `Hauptstraße`, `Kerkstr.`, `Storgatan`.
pub(super) fn grown(word: Spelled) -> Option<usize> {
    const ENDS: &[&str] = &["strasse", "straße", "straat", "str"];
    let text = spelled(word);
    let end = ENDS.iter().find(|end| text.ends_with(*end))?;
    let at = word.len().checked_sub(end.chars().count())?;
    (at >= 3).then_some(at)
}
