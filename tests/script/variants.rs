//! The share of obfuscated variants in which a rule finds its words, by kind.
//!
//! `cargo test --test main script::variants -- --nocapture` prints the table, and one missed variant of each kind.

use crate::support::generate::dice::Dice;
use crate::support::obfuscate::{FAMILIES, Family, KINDS, nested};
use scriptscope::internal::script::{is_obfuscated, views};
use scriptscope::internal::text::Raw;

/// The least share of variants of all kinds that must be found, in percent.
const LEAST: usize = 99;

/// The same of nested variants, by depth.
const LEAST_NESTED: [(usize, usize); 3] = [(2, 98), (3, 95), (4, 90)];

/// Variants of each family and kind.
const ROUNDS: usize = 4;

/// Plain lines before and after a variant: what is found in it is marked in none of them.
const AROUND: [&str; 2] =
    ["Get-ChildItem C:\\Windows -Recurse\r\n", "\r\nWrite-Output 'that was all'\r\n"];

/// Returns whether a rule is asked about the text and finds each word of the family in the text or in one view.
fn is_found(text: &str, family: &Family) -> bool {
    let has = |text: &str| {
        let text = text.to_lowercase();
        family.words.iter().all(|word| text.contains(&word.to_lowercase()))
    };
    let [before, after] = AROUND;
    let surrounded = format!("{before}{text}{after}");
    let region = before.len()..before.len() + text.len();
    for view in views(&surrounded) {
        for word in family.words {
            if let Some(at) = view.text.find(word) {
                let mark = view.map.original(at..at + word.len());
                assert!(!mark.is_empty(), "{word} is marked in {text}");
                assert!(
                    region.start <= mark.start && mark.end <= region.end,
                    "the mark {mark:?} of {word} lies within {region:?} of {surrounded}"
                );
            }
        }
    }
    let views = views(text);
    assert!(views.is_empty() || is_obfuscated(Raw::from(text)), "rules are asked about {text}");
    has(text) || views.iter().any(|view| has(&view.text))
}

/// Returns how many variants there are and how many are found, and prints the first that is missed.
fn measure(name: &str, variant: impl Fn(&Family, &mut Dice) -> String) -> (usize, usize) {
    let mut dice = Dice::new(23);
    let (mut count, mut found) = (0, 0);
    let mut missed = None;
    for family in FAMILIES {
        for _ in 0..ROUNDS {
            let text = variant(family, &mut dice);
            count += 1;
            if is_found(&text, family) {
                found += 1;
            } else {
                missed.get_or_insert(text);
            }
        }
    }
    println!("{:5.1} %  {name}", found as f64 * 100.0 / count as f64);
    if let Some(text) = missed {
        let shown: String = text.chars().take(300).collect();
        println!("           {}", shown.replace(['\n', '\r'], "⏎"));
    }
    (count, found)
}

#[test]
fn variants_of_every_kind_are_found() {
    let (mut count, mut found) = (0, 0);
    for kind in KINDS {
        let (own, seen) = measure(kind.name, |family, dice| kind.apply(family.command, dice));
        count += own;
        found += seen;
    }
    println!("{:5.1} %  all kinds", found as f64 * 100.0 / count as f64);
    assert!(found * 100 >= count * LEAST, "{found} of {count}");
    for (depth, share) in LEAST_NESTED {
        let (count, found) = measure(&format!("nested {depth} deep"), |family, dice| {
            nested(family.command, depth, dice)
        });
        assert!(found * 100 >= count * share, "{depth} deep: {found} of {count}");
    }
}
