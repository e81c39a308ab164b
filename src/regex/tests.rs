use super::*;

fn regex(source: &str) -> Regex {
    Regex::new(source, RegexFlags::default()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn refused(source: &str) -> String {
    Regex::new(source, RegexFlags::default()).expect_err(source).message
}

fn ranges(source: &str, text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    regex(source).for_each_match(text, &mut |range, _| {
        all.push(range);
        true
    });
    all
}

#[test]
fn patterns_mean_what_they_mean_in_pcre() {
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
        ("(?i)net[\\s\\S]{1,4}USER", "net\r\n user", true),
        ("(?i)a[\\w\\W]b", "A\u{1F600}B", true),
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
fn features_of_pcre_are_refused_by_name() {
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
fn a_final_newline_is_not_part_of_the_match() {
    assert_eq!(ranges("b$", "ab\nb").first(), Some(&(3..4)));
    assert_eq!(ranges("b$", "bb\n").first(), Some(&(1..2)));
    assert_eq!(ranges("(a|b$)", "ab\n"), [0..1, 1..2]);
    assert_eq!(ranges("a", "aXa"), [0..1, 2..3]);
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

mod strategies {
    //! Whether a pattern matches may be decided by its branches; where it matches is found by the whole pattern.

    use super::*;
    use crate::text::fold_case;
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
        fn both_agree(pattern in pattern(), text in "[abABc \n]{0,24}") {
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let mut found = false;
                regex.for_each_match(&text, &mut |_, _| {
                    found = true;
                    false
                });
                prop_assert_eq!(regex.is_match(&text), found);
                let folded = fold_case(&text);
                let lacks = |literal: &str| !folded.contains(&fold_case(literal));
                prop_assert_eq!(regex.is_match_of(&text, Some(&lacks)), found);
                if found {
                    let text = fold_case(&text);
                    prop_assert!(regex.required().is_met(&|literal| text.contains(literal)));
                }
            }
        }
    }
}

mod prefilters {
    //! The engine starts at a candidate and finds the matches that it finds from the start of the text.

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
        fn no_match_is_skipped(
            pattern in pattern(),
            text in prop::collection::vec(
                prop::sample::select(["abc", "ABC", "bca", "a", "b", "x", " ", "\n", "é", "É"].as_slice()),
                0..24,
            ),
        ) {
            let text = text.concat();
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let pattern = &regex.compiled().unwrap().pattern;
                let engine = pattern.engine.compiled().unwrap();
                let mut found = Vec::new();
                pattern.for_each_match(&text, &mut |captures| {
                    found.push(captures.range(0).unwrap());
                    true
                });
                let naive: Vec<_> = engine.find_iter(&text).map(|found| found.range()).collect();
                prop_assert_eq!(found, naive);
                prop_assert_eq!(regex.is_match(&text), engine.is_match(&text));
            }
        }
    }

    #[test]
    fn a_candidate_is_before_the_first_literal() {
        let candidate = |pattern: &str, text: &str| {
            let regex = regex(pattern);
            let prefilter = regex.compiled()?.pattern.prefilter()?;
            prefilter.candidates(text, None).next_from(0)
        };
        assert_eq!(candidate("(?:^|\\s)iex\\b", "x iex"), Some(1));
        assert_eq!(candidate("\\[?(?:foo|bar)\\s", "f oobar "), Some(4));
        assert_eq!(candidate("a.*foo", "a foo"), None, "unbounded before the literal");
        assert_eq!(candidate("ab", "ab"), None, "too short");
    }
}

#[test]
fn highlights_are_near_the_first_match() {
    let far = limits::HIGHLIGHTED_BYTES;
    let text = format!("{0}ab{1}ab{0}{0}ab", "-".repeat(far), "-".repeat(far / 2));
    let mut found = Vec::new();
    regex("a(b|$)").for_each_earliest_match(&text, &mut |range| {
        found.push(range);
        true
    });
    let second = far + 2 + far / 2;
    assert_eq!(found, [far..far + 2, second..second + 2]);
    // The second match ends past the limit.
    let text = format!("ab{}ab", "-".repeat(far - 1));
    found.clear();
    regex("ab|a$").for_each_earliest_match(&text, &mut |range| {
        found.push(range);
        true
    });
    assert_eq!(found, vec![Range { start: 0, end: 2 }]);
}

mod dfa {
    //! The lazy DFA agrees with the capturing engine.

    use super::*;
    use crate::regex::lazy_dfa::LazyDfa;
    use crate::regex::nfa::Nfa;
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
        fn matches_where_the_engine_does(pattern in pattern(), texts in prop::collection::vec(text(), 1..6)) {
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let whole = &regex.compiled().unwrap().pattern;
                let (engine, dfa) = (whole.engine.compiled().unwrap(), LazyDfa::new(&regex.0.hir).unwrap());
                for text in texts {
                    prop_assert_eq!(dfa.is_match(&text, None), engine.is_match(&text), "{} in {:?}", pattern, text);
                    prop_assert_eq!(dfa.is_match(&text, whole.prefilter()), engine.is_match(&text));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn finds_the_match_that_ends_first(pattern in pattern(), texts in prop::collection::vec(text(), 1..4), from in 0_usize..9) {
            if let Ok(regex) = Regex::new(&pattern, RegexFlags::default()) {
                let whole = &regex.compiled().unwrap().pattern;
                let hir = &regex.0.hir;
                let (dfa, reversed) = (LazyDfa::new(hir).unwrap(), LazyDfa::reversed(hir).unwrap());
                for text in texts {
                    let boundary = |at: &usize| text.is_char_boundary(*at);
                    let from = (0..=from.min(text.len())).rev().find(boundary).unwrap();
                    // Whether the pattern matches this range, with the text around it.
                    let is_at = |start: usize, end: usize| {
                        let anchored = format!("\\A(?s:.{{{}}})(?:{})(?s:.{{{}}})\\z", text[..start].chars().count(), regex.0.printed, text[end..].chars().count());
                        regex_lite::Regex::new(&anchored).is_ok_and(|regex| regex.is_match(&text))
                    };
                    let pairs = (from..=text.len()).filter(boundary).flat_map(|end| {
                        (from..=end).filter(boundary).map(move |start| (start, end))
                    });
                    let first = pairs.take(400).find(|(start, end)| is_at(*start, *end));
                    let Some((start, end)) = first else { continue };
                    prop_assert_eq!(dfa.find_end(&text, from, None), Some(end), "{} in {:?}", pattern, text);
                    let mut candidates = whole.prefilter().map(|prefilter| prefilter.candidates(&text, None));
                    prop_assert_eq!(dfa.find_end(&text, from, candidates.as_mut()), Some(end), "{} in {:?}", pattern, text);
                    prop_assert_eq!(reversed.find_start(&text, from, end), Some(start), "{} in {:?}", pattern, text);
                    let found = whole.engine.find_at(&text, start).unwrap();
                    let anchored = format!("\\A(?s:.{{{}}})({})", text[..start].chars().count(), regex.0.printed);
                    let expected = regex_lite::Regex::new(&anchored).unwrap().captures(&text).unwrap();
                    prop_assert_eq!(found.range(0), expected.get(1).map(|group| group.range()), "{} in {:?}", pattern, text);
                    if !whole.engine.has_final_newline() {
                        let ordered = LazyDfa::ordered(hir).unwrap();
                        let found = ordered.find_preferred_end(&text, start).map(|end| start..end);
                        prop_assert_eq!(found, expected.get(1).map(|group| group.range()), "{} in {:?}", pattern, text);
                    }
                }
            }
        }
    }

    #[test]
    fn subsumed_turns_are_dropped() {
        // Many partial matches overlap, each begun at another distance.
        let regex = regex("(?:abc|bca).{0,12}x.{0,6}y");
        let dfa = LazyDfa::new(&regex.0.hir).unwrap();
        let mut random = 1_u32;
        let text: String = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ["abc", "bca", "x", "b", "cc"][(random >> 16) as usize % 5]
        })
        .take(600)
        .collect();
        assert!(!dfa.is_match(&text, None));
        let largest = dfa.largest_state();
        assert!(largest > 0 && largest < 14, "{largest}");
    }

    #[test]
    fn a_full_cache_is_cleared() {
        // A state is which of the last hundred characters were an `a`: every text has its own.
        let regex = regex("a[ab]{100}c");
        let dfa = LazyDfa::new(&regex.0.hir).unwrap();
        let mut random = 1_u32;
        let mut text: String = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if random >> 31 == 0 { 'a' } else { 'b' }
        })
        .take(20_000)
        .collect();
        assert!(!dfa.is_match(&text, None));
        text.push('c');
        assert_eq!(dfa.is_match(&text, None), text.as_bytes()[text.len() - 102] == b'a');
    }

    #[test]
    fn states_of_the_last_text_serve_the_next_one_in_each_thread() {
        let regex = regex("ab+c|bd");
        let dfa = LazyDfa::new(&regex.0.hir).unwrap();
        let fresh = dfa.state_count();
        assert!(dfa.is_match("xabbbc", None) && !dfa.is_match("xabbb", None));
        let used = dfa.state_count();
        assert!(used > fresh);
        std::thread::scope(|scope| {
            assert_eq!(scope.spawn(|| dfa.state_count()).join().unwrap(), fresh);
        });
        assert!(dfa.is_match("abc", None));
        assert_eq!(dfa.state_count(), used);
    }

    #[test]
    fn a_pattern_of_rules_is_compiled_once_for_all_sessions_of_a_thread() {
        let caseless = RegexFlags { caseless: true, ..RegexFlags::default() };
        let shared = |flags| Regex::shared("a+b", flags).unwrap();
        assert!(Arc::ptr_eq(&shared(caseless).0, &shared(caseless).0));
        assert!(shared(caseless).is_match("AB") && !shared(RegexFlags::default()).is_match("AB"));
        assert!(Regex::shared("a(", caseless).is_err());
        let first = shared(caseless);
        for number in 0..=limits::SHARED_REGEXES {
            Regex::shared(&format!("x{number}"), caseless).unwrap();
        }
        assert!(!Arc::ptr_eq(&shared(caseless).0, &first.0), "those of the past are forgotten");
    }

    #[test]
    fn too_large_patterns_have_no_dfa() {
        let hir = |pattern| parse::parse(pattern, RegexFlags::default()).unwrap().0;
        assert!(Nfa::new(&hir("(?:(?:a{100}){100}){100}")).is_none());
        assert!(Nfa::new(&hir("(?:(?:(?:){1000}){1000}){1000}")).is_none());
    }
}
