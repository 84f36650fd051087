//! Faces drawn from simple shapes. One number gives the same face on the card and in the selfie.

use std::fmt::Write as _;

/// Light, medium and dark skin colours with their shade. The country determines the tone of a face.
const SKIN: [&[(&str, &str)]; 3] = [
    &[("#f3d3bd", "#dfb196"), ("#eac0a0", "#cf9c78"), ("#f0cdb2", "#d8a98a"), ("#e6b899", "#c99572")],
    &[("#d9a57c", "#bb8257"), ("#c68a5e", "#a56b42"), ("#e0b08a", "#c18d64"), ("#b87b50", "#965f39")],
    &[("#a86f47", "#875433"), ("#8a5636", "#6b4027"), ("#6c4129", "#50301e"), ("#7c4b30", "#5e3722")],
];
const HAIR: [&str; 8] = ["#1f1a17", "#2d221c", "#3a2a20", "#5b5654", "#6d4a2f", "#96693c", "#c79a5b", "#5a2c20"];
const SHIRT: &[&str] = &["#3f5f7d", "#7d4b4b", "#4f6b52", "#5b5470", "#8a7350", "#34444f", "#a3623f", "#6a7f8c"];

/// Inputs of a face.
#[derive(Clone, Copy)]
pub struct Look {
    pub face: u64,
    pub woman: bool,
    /// Index into `SKIN`.
    pub tone: usize,
}

struct Bits(u64);

impl Bits {
    fn below(&mut self, end: u64) -> usize {
        let taken = self.0 % end;
        self.0 = (self.0 / end).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.0.rotate_right(23);
        usize::try_from(taken).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, list: &[T], or: T) -> T {
        let at = self.below(list.len() as u64);
        list.get(at).copied().unwrap_or(or)
    }
}

/// A head and shoulders in a box of 300 by 375. `turn` is -1, 0 or 1.
pub fn draw(Look { face, woman, tone }: Look, turn: i32) -> String {
    let mut bits = Bits(face);
    let (skin, shade) = bits.pick(SKIN[tone.min(2)], ("#eac0a0", "#cf9c78"));
    // Fair hair is at the end of the list, and only appears with light skin.
    let hair = bits.pick(&HAIR[..if tone == 0 { 8 } else { 4 }], "#2d221c");
    let shirt = bits.pick(SHIRT, "#3f5f7d");
    let width = 66 + i32::try_from(bits.below(14)).unwrap_or(0);
    let jaw = 84 + i32::try_from(bits.below(14)).unwrap_or(0);
    let style = bits.below(5);
    let (brow, mouth, glasses, beard) =
        (bits.below(3), bits.below(3), bits.below(5) == 0, !woman && bits.below(3) == 0);
    let gap = 26 + i32::try_from(bits.below(7)).unwrap_or(0);
    let dx = turn * 17;
    let mut svg = String::new();
    let mut put = |text: String| svg.push_str(&text);
    // Hair behind the head.
    if woman && matches!(style, 0 | 3) {
        put(format!(
            "<path d='M{} 175 Q{} 60 150 56 Q{} 60 {} 175 L{} 292 Q150 322 {} 292 Z' fill='{hair}'/>",
            150 - width - 18,
            150 - width - 14,
            150 + width + 14,
            150 + width + 18,
            150 + width + 22,
            150 - width - 22
        ));
    } else if woman && style == 1 {
        put(format!(
            "<path d='M{} 160 Q{} 62 150 58 Q{} 62 {} 160 L{} 232 L{} 232 Z' fill='{hair}'/>",
            150 - width - 16,
            150 - width - 10,
            150 + width + 10,
            150 + width + 16,
            150 + width + 12,
            150 - width - 12
        ));
    } else if style == 4 {
        for (x, y, r) in
            [(94, 112, 38), (122, 80, 40), (150, 70, 42), (178, 80, 40), (206, 112, 38), (88, 150, 28), (212, 150, 28)]
        {
            put(format!("<circle cx='{x}' cy='{y}' r='{r}' fill='{hair}'/>"));
        }
    }
    // Shoulders, neck.
    put(format!("<path d='M8 375 Q14 300 92 284 L208 284 Q286 300 292 375 Z' fill='{shirt}'/>"));
    put("<path d='M98 285 Q150 344 202 285 L188 285 Q150 322 112 285 Z' fill='#00000026'/>".to_owned());
    put(format!("<path d='M118 214 L118 284 Q150 312 182 284 L182 214 Z' fill='{shade}'/>"));
    // Ears, head.
    for side in [-1, 1] {
        if turn != side && !(woman && style != 2 && style != 4) {
            put(format!(
                "<ellipse cx='{}' cy='178' rx='11' ry='20' fill='{shade}'/>",
                150 + side * (width + 1) - dx / 3
            ));
        }
    }
    put(format!(
        "<path d='M{l} 160 Q{l} 84 150 84 Q{r} 84 {r} 160 Q{r} {c} 150 {b} Q{l} {c} {l} 160 Z' fill='{skin}'/>",
        l = 150 - width,
        r = 150 + width,
        c = 160 + jaw - 12,
        b = 166 + jaw
    ));
    put(format!(
        "<path d='M{} 160 Q{} {} 150 {} Q{} {} {} 160 Q{} {} 150 {} Z' fill='{shade}' opacity='.22'/>",
        150 + width,
        150 + width,
        148 + jaw,
        166 + jaw,
        150 + width - 12,
        140 + jaw,
        150 + width - 16,
        150 + width - 8,
        158 + jaw,
        166 + jaw
    ));
    if beard {
        put(format!(
            "<path d='M{} 188 Q{} {} 150 {} Q{} {} {} 188 Q{} 214 150 214 Q{} 214 {} 188 Z' fill='{hair}' opacity='.82'/>",
            150 - width + 3,
            150 - width + 6,
            158 + jaw,
            170 + jaw,
            150 + width - 6,
            158 + jaw,
            150 + width - 3,
            150 + width - 24,
            150 - width + 24,
            150 - width + 3
        ));
    }
    // Hair in front of the head.
    put(match (woman, style) {
        (_, 4) => format!(
            "<path d='M{} 142 Q{} 92 150 90 Q{} 92 {} 142 Q{} 112 150 112 Q{} 112 {} 142 Z' fill='{hair}'/>",
            150 - width,
            150 - width + 6,
            150 + width - 6,
            150 + width,
            150 + width - 14,
            150 - width + 14,
            150 - width
        ),
        (false, 2) => format!(
            "<path d='M{} 150 Q{} 112 {} 100 Q{} 128 {} 152 Z M{} 150 Q{} 112 {} 100 Q{} 128 {} 152 Z' fill='{hair}'/>",
            150 - width - 3,
            150 - width,
            150 - width + 18,
            150 - width + 6,
            150 - width + 5,
            150 + width + 3,
            150 + width,
            150 + width - 18,
            150 + width - 6,
            150 + width - 5
        ),
        (true, 2) => format!(
            "<circle cx='150' cy='58' r='27' fill='{hair}'/><path d='M{} 158 Q{} 68 150 68 Q{} 68 {} 158 Q{} 116 150 108 Q{} 116 {} 158 Z' fill='{hair}'/>",
            150 - width - 5,
            150 - width - 4,
            150 + width + 4,
            150 + width + 5,
            150 + width - 10,
            150 - width + 10,
            150 - width - 5
        ),
        (true, _) => format!(
            "<path d='M{} 172 Q{} 66 150 66 Q{} 66 {} 172 Q{} 118 {} 104 Q{} 126 {} 172 Z' fill='{hair}'/>",
            150 - width - 6,
            150 - width - 6,
            150 + width + 6,
            150 + width + 6,
            150 + width - 4,
            168 + dx,
            150 - width + 12,
            150 - width - 6
        ),
        (false, 1) => format!(
            "<path d='M{} 152 Q{} 60 158 62 Q{} 66 {} 152 Q{} 118 {} 110 Q128 116 110 104 Q{} 124 {} 152 Z' fill='{hair}'/>",
            150 - width - 4,
            150 - width - 8,
            150 + width + 8,
            150 + width + 4,
            150 + width - 4,
            150 + width - 20,
            150 - width + 8,
            150 - width - 4
        ),
        (false, _) => format!(
            "<path d='M{} 148 Q{} 70 150 68 Q{} 70 {} 148 Q{} 108 150 106 Q{} 108 {} 148 Z' fill='{hair}'/>",
            150 - width - 4,
            150 - width - 2,
            150 + width + 2,
            150 + width + 4,
            150 + width - 6,
            150 - width + 6,
            150 - width - 4
        ),
    });
    // Eyes, brows, nose and mouth move when the head turns.
    let near = |side: i32| {
        if turn == 0 {
            gap
        } else if turn == side {
            gap - 6
        } else {
            gap + 3
        }
    };
    for side in [-1, 1] {
        let x = 150 + dx + side * near(side);
        put(format!(
            "<ellipse cx='{x}' cy='170' rx='10' ry='6.4' fill='#fbf8f4'/><circle cx='{}' cy='170' r='5.4' fill='#38281d'/><circle cx='{}' cy='168.4' r='1.7' fill='#fff'/>",
            x + turn * 3,
            x + turn * 3 + 2
        ));
        put(format!(
            "<path d='M{} 165 Q{x} 160 {} 165' fill='none' stroke='{hair}' stroke-width='2.4' opacity='.8'/>",
            x - 11,
            x + 11
        ));
        let lift = [0, 3, 6][brow.min(2)];
        put(format!(
            "<path d='M{} {} Q{x} {} {} {}' fill='none' stroke='{hair}' stroke-width='5' stroke-linecap='round'/>",
            x - 13,
            154,
            148 - lift,
            x + 13,
            154
        ));
    }
    put(format!(
        "<path d='M{} 176 Q{} 200 {} 206 Q{} 212 {} 207' fill='none' stroke='{shade}' stroke-width='4' stroke-linecap='round'/>",
        150 + dx,
        146 + dx * 3 / 2,
        141 + dx * 3 / 2,
        150 + dx * 3 / 2,
        159 + dx * 3 / 2
    ));
    let curve = [226, 231, 228][mouth.min(2)];
    let lips = if woman { "#b0524f" } else { "#9c6253" };
    put(format!(
        "<path d='M{} 222 Q{} {curve} {} 222' fill='none' stroke='{lips}' stroke-width='6' stroke-linecap='round'/>",
        132 + dx,
        150 + dx,
        168 + dx
    ));
    if glasses {
        let (a, b) = (150 + dx - near(-1), 150 + dx + near(1));
        put(format!(
            "<g fill='#ffffff18' stroke='#2a2a2e' stroke-width='3.4'><rect x='{}' y='156' width='38' height='28' rx='10'/><rect x='{}' y='156' width='38' height='28' rx='10'/><path d='M{} 166 Q150 160 {} 166' fill='none'/></g>",
            a - 19,
            b - 19,
            a + 19,
            b - 19
        ));
    }
    svg
}

/// A selfie: the same face, larger, in a room.
pub fn selfie(look: Look, turn: i32) -> String {
    const ROOMS: &[(&str, &str, &str)] = &[
        ("#dcd7cc", "#b9b2a3", "#8f9a86"),
        ("#cfd8dd", "#a7b4bc", "#c9b28f"),
        ("#e2d5cb", "#bfa898", "#7f8f9d"),
        ("#d3d9cf", "#a8b3a1", "#a98c78"),
    ];
    let (wall, dark, thing) = Bits(look.face.rotate_left(31)).pick(ROOMS, ("#dcd7cc", "#b9b2a3", "#8f9a86"));
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<defs><linearGradient id='w' x1='0' y1='0' x2='1' y2='1'><stop offset='0' stop-color='{wall}'/><stop offset='1' stop-color='{dark}'/></linearGradient>\
         <radialGradient id='v' cx='.5' cy='.42' r='.75'><stop offset='.55' stop-color='#000' stop-opacity='0'/><stop offset='1' stop-color='#000' stop-opacity='.28'/></radialGradient></defs>\
         <rect width='720' height='900' fill='url(#w)'/><g opacity='.75'><rect x='{}' y='70' width='170' height='240' fill='#f5f3ee'/><rect x='{}' y='84' width='142' height='212' fill='{thing}'/></g>\
         <rect x='0' y='640' width='720' height='12' fill='{dark}' opacity='.6'/>\
         <g transform='translate({} 96) scale(2.15)'>{}</g><rect width='720' height='900' fill='url(#v)'/>",
        if look.face.is_multiple_of(2) { 34 } else { 520 },
        if look.face.is_multiple_of(2) { 48 } else { 534 },
        38 + turn * 14,
        draw(look, turn)
    );
    svg
}
