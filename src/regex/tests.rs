use super::*;

fn regex(source: &str) -> Regex {
    Regex::new(source, RegexFlags::default()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn refused(source: &str) -> String {
    Regex::new(source, RegexFlags::default()).expect_err(source).message
}

fn whole(source: &str, text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    regex(source).for_each_match(text, &mut |range, _| {
        all.push(range);
        true
    });
    all
}

#[test]
fn reads_patterns_as_pcre_does() {
    for (pattern, text, matches) in [
        ("(?i)iex|invoke-expression", "IEX", true),
        ("(?i)[-]e(nc*o*d*e*d*c*o*m*m*a*n*d*)*\\s+[^-]", "powershell -Enc  AAA", true),
        ("[A-Za-z0-9+\\/]{4,}={2}", "QUJD==", true),
        ("a.c", "a\nc", false),
        ("(?s)a.c", "a\nc", true),
        ("a$", "a\n", true),
        ("a$", "a\n\n", false),
        ("a$", "a\r\n", false),
        ("a\\z", "a\n", false),
        ("^b", "a\nb", false),
        ("(?m)^b$", "a\nb\nc", true),
        ("(?i)ä", "Ä", true),
        ("(?i)[à-ü]", "Ä", true),
        ("(?i)k", "\u{212A}", false),
        ("[]a]", "]", true),
        ("[^]a]", "]", false),
        ("[a\\-z]", "-", true),
        ("[\\w-]", "-", true),
        ("[[:digit:]]x", "5x", true),
        ("x{,2}", "x{,2}", true),
        ("{a", "{a", true),
        ("a{2}", "aa", true),
        ("\\x41\\x{42}", "AB", true),
        ("\\bnet\\b", "a.net!", true),
        ("(?x) a b # comment\n c", "abc", true),
        ("(?i:a)b", "Ab", true),
        ("(?i:a)b", "AB", false),
        ("a(?i)b|c", "aB", true),
        ("(a|b(?i)c)d", "aD", false),
        ("\\$doit", "$doit", true),
        ("\\.\\.", "..", true),
        ("", "anything", true),
        ("a||b", "", true),
        ("\\s", "\u{B}", true),
        ("\\d", "٣", false),
        ("\\w", "é", false),
    ] {
        assert_eq!(regex(pattern).is_match(text), matches, "{pattern} on {text:?}");
    }
}

#[test]
fn refuses_by_name() {
    for (pattern, name) in [
        ("(?=a)", "look-ahead"),
        ("(?<!a)b", "look-behind"),
        ("(a)\\1", "back-reference"),
        ("(?>a)", "atomic"),
        ("a++", "possessive"),
        ("a{2}+", "possessive"),
        ("\\p{L}", "\\p"),
        ("\\h", "\\h"),
        ("\\R", "\\R"),
        ("a\\Kb", "\\K"),
        ("\\Qa\\E", "\\Q"),
        ("a\\Z", "\\Z"),
        ("\\e", "\\e"),
        ("\\cA", "\\c"),
        ("(?#x)", "(?#"),
        ("(?|a|b)", "(?|"),
        ("(?R)", "recursion"),
        ("(*UTF8)a", "(*"),
        ("a$b", "`$`"),
        ("(", "never closed"),
        ("a)", "never opened"),
        ("[a", "never closed"),
        ("*a", "nothing to repeat"),
        ("a{3,2}", "reversed"),
        ("[z-a]", "reversed"),
        ("a\\", "backslash"),
    ] {
        assert!(refused(pattern).contains(name), "{pattern}: {}", refused(pattern));
    }
}

#[test]
fn what_must_stand_in_the_text_is_known() {
    let required =
        |pattern: &str| format!("{:?}", regex(pattern).required()).replace("Literal", "");
    for (pattern, needs) in [
        ("(?i)Mimikatz", r#"("mimikatz")"#),
        ("web(client|request)", r#"Any([("webclient"), ("webrequest")])"#),
        ("https?://", r#"Any([("http://"), ("https://")])"#),
        ("get-\\S+password", r#"All([("get-"), ("password")])"#),
        ("(abc)+x?", r#"("abc")"#),
        ("a*|b", "Nothing"),
        ("ab.*cd", "Nothing"),
        ("[A-Z]{44,}", "Nothing"),
        ("[iI][eE][xX]", r#"("iex")"#),
        ("new.*(foo|bar.+baz)", r#"All([("new"), Any([("foo"), All([("bar"), ("baz")])])])"#),
    ] {
        assert_eq!(required(pattern), needs, "{pattern}");
    }
}

#[test]
fn a_last_newline_is_looked_at_and_left() {
    assert_eq!(whole("b$", "ab\nb").first(), Some(&(3..4)));
    assert_eq!(whole("b$", "bb\n").first(), Some(&(1..2)));
    assert_eq!(whole("(a|b$)", "ab\n"), [0..1, 1..2]);
    assert_eq!(whole("a", "aXa"), [0..1, 2..3]);
}

#[test]
fn groups_keep_their_numbers_and_names() {
    let regex = regex("(?:x)(?<first>a)(b|$)");
    assert_eq!(regex.names(), [Some("first".to_owned()), None]);
    let mut seen = Vec::new();
    regex.for_each_match("xab", &mut |_, groups| {
        seen = groups;
        false
    });
    assert_eq!(seen, [Some(1..2), Some(2..3)]);
}

#[test]
fn a_huge_pattern_is_refused() {
    assert!(Regex::new("((a{1,1000}){1,1000}){1,1000}", RegexFlags::default()).is_err());
    assert!(Regex::new(&"(".repeat(100_000), RegexFlags::default()).is_err());
    assert!(Regex::new(&format!("a{}", "{1}".repeat(100_000)), RegexFlags::default()).is_err());
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")*".repeat(depth));
    assert!(Regex::new(&nested(10_000), RegexFlags::default()).is_err());
    assert!(Regex::new(&nested(30), RegexFlags::default()).is_ok());
}

mod split {
    //! A pattern is split to tell whether it matches; to tell where, it runs whole. Both must agree.

    use super::*;
    use proptest::prelude::*;

    fn pattern() -> impl Strategy<Value = String> {
        let atom = prop_oneof![
            "[abAB]{1,3}",
            Just("a+".to_owned()),
            Just("[ab]{12,}".to_owned()),
            Just("\\s".to_owned()),
            Just("(?i)".to_owned()),
            Just("b$".to_owned()),
            Just("^a".to_owned()),
            Just("(a|B c)".to_owned()),
        ];
        let branch = prop::collection::vec(atom, 0..3).prop_map(|atoms| atoms.concat());
        (prop::collection::vec(branch, 1..8), any::<bool>()).prop_map(|(branches, grouped)| {
            let joined = branches.join("|");
            if grouped { format!("({joined})") } else { joined }
        })
    }

    proptest! {
        #[test]
        fn both_ways_agree(pattern in pattern(), text in "[abABc \n]{0,24}") {
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let mut found = false;
                regex.for_each_match(&text, &mut |_, _| {
                    found = true;
                    false
                });
                prop_assert_eq!(regex.is_match(&text), found);
                if found {
                    let text = crate::text::fold_case(&text);
                    prop_assert!(regex.required().is_met(&|literal| text.contains(literal)));
                }
            }
        }
    }
}

mod start {
    //! The engine is set going where a match may begin; it finds what it would find from the text's beginning.

    use super::*;
    use proptest::prelude::*;

    fn pattern() -> impl Strategy<Value = String> {
        const ATOMS: &[&str] = &[
            "abc",
            "aBc",
            "\\s?",
            "\\b",
            "(?:x|yz)?",
            "(bca|cab)",
            "[ab]",
            ".",
            "a*",
            "(?:a.)",
            "$",
            "^",
            "é",
            "(a(bc)?abc)",
            "{2}",
        ];
        let branch = prop::collection::vec(prop::sample::select(ATOMS), 1..6);
        (prop::collection::vec(branch, 1..3), any::<bool>()).prop_map(|(branches, caseless)| {
            let branches: Vec<String> = branches.iter().map(|atoms| atoms.concat()).collect();
            format!("{}{}", if caseless { "(?i)" } else { "" }, branches.join("|"))
        })
    }

    proptest! {
        #[test]
        fn nothing_is_passed_over(
            pattern in pattern(),
            text in prop::collection::vec(
                prop::sample::select(["abc", "ABC", "bca", "a", "b", "x", " ", "\n", "é", "É"].as_slice()),
                0..24,
            ),
        ) {
            let text = text.concat();
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let engine = regex.runner().unwrap().whole.engine.get().unwrap();
                let mut found = Vec::new();
                regex.runner().unwrap().whole.matches(&text, &mut |place| {
                    found.push(place.range(0).unwrap());
                    true
                });
                let naive: Vec<_> = engine.find_iter(&text).map(|place| place.range()).collect();
                prop_assert_eq!(found, naive);
                prop_assert_eq!(regex.is_match(&text), engine.is_match(&text));
            }
        }
    }

    #[test]
    fn the_first_useful_literals_are_looked_for() {
        let begins = |pattern: &str, text: &str| {
            let regex = regex(pattern);
            let start = regex.runner()?.whole.start.as_ref()?;
            start.places(text).after(0)
        };
        assert_eq!(begins("(?:^|\\s)iex\\b", "x iex"), Some(1));
        assert_eq!(begins("\\[?(?:foo|bar)\\s", "f oobar "), Some(4));
        assert_eq!(begins("a.*foo", "a foo"), None, "what stands before has no limit");
        assert_eq!(begins("ab", "ab"), None, "too short");
    }
}

#[test]
fn places_are_marked_from_the_first_on_but_not_far_from_it() {
    let far = limits::HIGHLIGHTED_BYTES;
    let text = format!("{0}ab{1}ab{0}{0}ab", "-".repeat(far), "-".repeat(far / 2));
    let mut places = Vec::new();
    regex("a(b|$)").for_each_earliest_match(&text, &mut |range| {
        places.push(range);
        true
    });
    let second = far + 2 + far / 2;
    assert_eq!(places, [far..far + 2, second..second + 2]);
    // One that the end of what is looked at cuts in two is none.
    let text = format!("ab{}ab", "-".repeat(far - 1));
    places.clear();
    regex("ab|a$").for_each_earliest_match(&text, &mut |range| {
        places.push(range);
        true
    });
    assert_eq!(places, vec![Range { start: 0, end: 2 }]);
}

mod machine {
    //! In a long text states are made and looked up; it matches where the engine says so.

    use super::*;
    use crate::regex::nfa::Machine;
    use proptest::prelude::*;

    fn pattern() -> impl Strategy<Value = String> {
        const LEAVES: &[&str] = &[
            "a", "bc", "(?i)k", "\\w", "\\W", ".", "(?s:.)", "[^a-cx]", "\\s", "^", "$", "\\A",
            "\\z", "\\b", "\\B", "(?m)^", "(?m:$)", "é", "[à-ü]", "",
        ];
        let leaf = prop::sample::select(LEAVES).prop_map(str::to_owned);
        leaf.prop_recursive(6, 40, 4, |inner| {
            let times =
                prop::sample::select(vec!["*", "+?", "?", "{3}", "{0,9}", "{2,}", "{2,5}?"]);
            prop_oneof![
                (inner.clone(), times).prop_map(|(inner, times)| format!("(?:{inner}){times}")),
                inner.clone().prop_map(|inner| format!("({inner})")),
                prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.concat()),
                (inner.clone(), inner).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            ]
        })
    }

    fn text() -> impl Strategy<Value = String> {
        const PIECES: &[&str] = &[
            "a", "b", "bc", "x", "K", "\u{212A}", "_", "9", " ", "\n", "\r\n", "é", "É", "ß", "😀",
            "abcbcx",
        ];
        prop::collection::vec(prop::sample::select(PIECES), 0..40)
            .prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn it_tells_what_the_engine_tells(pattern in pattern(), texts in prop::collection::vec(text(), 1..6)) {
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let whole = &regex.runner().unwrap().whole;
                let (engine, machine) = (whole.engine.get().unwrap(), Machine::new(&regex.0.node).unwrap());
                for text in texts {
                    prop_assert_eq!(machine.is_match(&text, None), engine.is_match(&text), "{} in {:?}", pattern, text);
                    prop_assert_eq!(machine.is_match(&text, whole.start.as_ref()), engine.is_match(&text));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_match_that_ends_first_is_found(pattern in pattern(), texts in prop::collection::vec(text(), 1..4), from in 0_usize..9) {
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let whole = &regex.runner().unwrap().whole;
                let node = &regex.0.node;
                let (machine, reversed) = (Machine::new(node).unwrap(), Machine::reversed(node).unwrap());
                for text in texts {
                    let boundary = |at: &usize| text.is_char_boundary(*at);
                    let from = (0..=from.min(text.len())).rev().find(boundary).unwrap();
                    // What the pattern matches as a whole, with the same around it.
                    let is_at = |start: usize, end: usize| {
                        let anchored = format!("\\A(?s:.{{{}}})(?:{})(?s:.{{{}}})\\z", text[..start].chars().count(), regex.0.pattern, text[end..].chars().count());
                        regex_lite::Regex::new(&anchored).is_ok_and(|regex| regex.is_match(&text))
                    };
                    let pairs = (from..=text.len()).filter(boundary).flat_map(|end| {
                        (from..=end).filter(boundary).map(move |start| (start, end))
                    });
                    let first = pairs.take(400).find(|(start, end)| is_at(*start, *end));
                    let Some((start, end)) = first else { continue };
                    prop_assert_eq!(machine.end(&text, from, None), Some(end), "{} in {:?}", pattern, text);
                    let mut places = whole.start.as_ref().map(|start| start.places(&text));
                    prop_assert_eq!(machine.end(&text, from, places.as_mut()), Some(end), "{} in {:?}", pattern, text);
                    prop_assert_eq!(reversed.start(&text, from, end), Some(start), "{} in {:?}", pattern, text);
                    let found = whole.engine.at(&text, start).unwrap();
                    prop_assert_eq!(found.range(0).unwrap().start, start);
                }
            }
        }
    }

    #[test]
    fn of_turns_that_may_be_taken_the_most_are_followed() {
        // Many ways are under way at every character, and where they began is different each time.
        let regex = regex("(?:abc|bca).{0,12}x.{0,6}y");
        let machine = Machine::new(&regex.0.node).unwrap();
        let mut dice = 1_u32;
        let text: String = std::iter::repeat_with(|| {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ["abc", "bca", "x", "b", "cc"][(dice >> 16) as usize % 5]
        })
        .take(600)
        .collect();
        assert!(!machine.is_match(&text, None));
        // Few enough states to be kept.
        let steps = machine.kept.lock().unwrap().as_ref().map_or(0, |states| states.most_steps());
        assert!(steps > 0 && steps < 14, "{steps}");
    }

    #[test]
    fn states_that_take_too_much_memory_are_made_anew() {
        // Which of the last hundred characters were an `a`: every text has states of its own.
        let regex = regex("a[ab]{100}c");
        let machine = Machine::new(&regex.0.node).unwrap();
        let mut dice = 1_u32;
        let mut text: String = std::iter::repeat_with(|| {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if dice >> 31 == 0 { 'a' } else { 'b' }
        })
        .take(20_000)
        .collect();
        assert!(!machine.is_match(&text, None));
        text.push('c');
        assert_eq!(machine.is_match(&text, None), text.as_bytes()[text.len() - 102] == b'a');
    }

    #[test]
    fn patterns_that_are_too_large_are_left_to_the_engine() {
        let node = |pattern| parse::parse(pattern, RegexFlags::default()).unwrap().0;
        assert!(Machine::new(&node("(?:(?:a{100}){100}){100}")).is_none());
        assert!(Machine::new(&node("(?:(?:(?:){1000}){1000}){1000}")).is_none());
    }
}
