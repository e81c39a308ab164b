//! Repeats given scripts as an incident's log has them: some as they are, some with a small change, some obfuscated.

use super::dice::Dice;

/// The scripts of a log, one after the other.
pub(crate) struct Incident {
    scripts: Vec<Vec<u16>>,
    /// Share of scripts with a small change.
    changed: f64,
    /// Share of scripts that are obfuscated.
    obfuscated: f64,
    next: usize,
}

impl Incident {
    pub(crate) fn new(scripts: Vec<Vec<u16>>, changed: f64, obfuscated: f64) -> Self {
        assert!(!scripts.is_empty(), "a log needs scripts");
        Self { scripts, changed, obfuscated, next: 0 }
    }

    /// Makes the next script.
    pub(crate) fn script(&mut self, dice: &mut Dice) -> Vec<u16> {
        let script = &self.scripts[self.next % self.scripts.len()];
        self.next += 1;
        if dice.chance(self.obfuscated) {
            return obfuscate(script, dice);
        }
        let mut script = script.clone();
        if dice.chance(self.changed) {
            script.extend(format!("\r\n# {:08x}", dice.next() as u32).encode_utf16());
        }
        script
    }
}

/// Hides the words of a script in one of five ways. Words have other cuts each time, so hardly any two texts are equal.
fn obfuscate(script: &[u16], dice: &mut Dice) -> Vec<u16> {
    let text = String::from_utf16_lossy(script);
    let hide = match dice.below(5) {
        0 => return format!("powershell -NoP -Enc {}", base64(script)).encode_utf16().collect(),
        1 => join,
        2 => format_operator,
        3 => casts,
        _ => backticks,
    };
    let mut hidden = String::new();
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '-';
    for piece in text.split_inclusive(|char| !is_word(char)) {
        let word = piece.trim_end_matches(|char| !is_word(char));
        // A name such as Get-Item, where it is a command of its own.
        let is_command = word.len() > 6 && word.trim_matches('-').contains('-');
        let starts = hidden.is_empty() || hidden.ends_with([' ', '\n', '\t', '{', '(', ';', '|']);
        if is_command && starts {
            hidden += &hide(word, dice);
            hidden += &piece[word.len()..];
        } else {
            hidden += piece;
        }
    }
    hidden.encode_utf16().collect()
}

/// Returns the parts of a word between one to three cuts.
fn cut<'a>(word: &'a str, dice: &mut Dice) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    for _ in 0..dice.range(1, 4) {
        if rest.len() > 2 {
            let (piece, more) = rest.split_at(dice.range(1, rest.len()));
            pieces.push(piece);
            rest = more;
        }
    }
    pieces.push(rest);
    pieces
}

/// `&('In'+'voke-Item')`
fn join(word: &str, dice: &mut Dice) -> String {
    let quoted: Vec<String> = cut(word, dice).iter().map(|piece| format!("'{piece}'")).collect();
    format!("&({})", quoted.join(if dice.chance(0.5) { "+" } else { " + " }))
}

/// `&("{1}{0}" -f 'voke-Item','In')`
fn format_operator(word: &str, dice: &mut Dice) -> String {
    let pieces = cut(word, dice);
    let shift = dice.below(pieces.len());
    let place = |index: usize| (index + shift) % pieces.len();
    let form: String = (0..pieces.len()).map(|index| format!("{{{}}}", place(index))).collect();
    let mut values = vec![String::new(); pieces.len()];
    for (index, piece) in pieces.iter().enumerate() {
        values[place(index)] = format!("'{piece}'");
    }
    format!("&(\"{form}\" -f {})", values.join(","))
}

/// `&([char]73+[char]110+'voke-Item')`
fn casts(word: &str, dice: &mut Dice) -> String {
    let (start, rest) = word.split_at(dice.range(1, word.len()));
    let casts: String = start.bytes().map(|byte| format!("[char]{byte}+")).collect();
    format!("&({casts}'{rest}')")
}

/// ``In`voke-Item``
fn backticks(word: &str, dice: &mut Dice) -> String {
    let mut hidden = String::new();
    for char in word.chars() {
        // Before these a backtick makes another character.
        let may_follow = char.is_ascii_alphabetic() && !"0abefnrtuvABEFNRTUV".contains(char);
        if may_follow && !hidden.is_empty() && dice.chance(0.5) {
            hidden.push('`');
        }
        hidden.push(char);
    }
    hidden
}

/// Encodes UTF-16 as the parameter -EncodedCommand takes it.
fn base64(units: &[u16]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(*group.get(at).unwrap_or(&0)));
        for digit in 0..4 {
            text.push(match digit <= group.len() {
                true => DIGITS[bits >> (18 - 6 * digit) & 63].into(),
                false => '=',
            });
        }
    }
    text
}
