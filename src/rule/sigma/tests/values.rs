//! Values and modifiers.

use super::*;

#[test]
fn strings_ignore_case_and_have_wildcards() {
    case("ScriptBlockText: Get-Item", &["Get-Item", "GET-ITEM"], &["Get-Item ", "xGet-Item"]);
    case("ScriptBlockText: 'a?c*'", &["abc", "aXcdef\nx"], &["ac", "abbc"]);
    case(r"ScriptBlockText: 'a\*c'", &["a*c"], &["abc"]);
    case(r"ScriptBlockText: 'C:\a\\*'", &[r"C:\a\b"], &[r"C:\ab"]);
    case("ScriptBlockText: 4104", &["4104", "4104.0"], &["x4104"]);
    case("ScriptBlockText: ''", &[""], &["a"]);
    case("ScriptBlockText: null", &[""], &["a"]);
}

#[test]
fn contains_startswith_and_endswith() {
    case("ScriptBlockText|contains: b-c", &["ab-cd", "B-C"], &["bc"]);
    case("ScriptBlockText|startswith: ab", &["abc", "AB"], &["cab"]);
    case("ScriptBlockText|endswith: ab", &["cab", "AB"], &["abc"]);
    case("ScriptBlockText|contains: 'a*d'", &["xabcdx"], &["xda"]);
    case("ScriptBlockText|contains: 41", &["4104"], &["4"]);
}

#[test]
fn lists_are_alternatives_unless_all_is_given() {
    case("ScriptBlockText|contains:\n  - ab\n  - cd", &["ab", "cd"], &["ac"]);
    case("ScriptBlockText|contains|all:\n  - ab\n  - cd", &["cdab"], &["ab", "cd"]);
    case("ScriptBlockText|all|contains:\n  - ab\n  - cd", &["cdab"], &["ab"]);
    case("ScriptBlockText|contains:\n  - ab\n  - null", &["ab", ""], &["cd"]);
    case("ScriptBlockText|contains: ab\nComputer: dc01", &["ab"], &["cd"]);
    let maps = rule(
        "sel:\n  - ScriptBlockText: ab\n  - ScriptBlockText: cd\n    Computer: X\ncondition: sel",
    );
    assert!(holds(&maps, "ab") && !holds(&maps, "cd"));
}

#[test]
fn cased_is_case_sensitive() {
    case("ScriptBlockText|cased: Ab", &["Ab"], &["ab", "AB"]);
    case("ScriptBlockText|contains|cased: Ab", &["xAbx"], &["xabx"]);
}

#[test]
fn regular_expressions() {
    case("ScriptBlockText|re: 'a+b'", &["caab"], &["cAAB", "b"]);
    case("ScriptBlockText|re|i: 'a+b'", &["cAAB"], &["b"]);
    case("ScriptBlockText|re|m: '^b'", &["a\nb"], &["ab"]);
    case("ScriptBlockText|re: '^b'", &["b"], &["a\nb"]);
    case("ScriptBlockText|re|s: 'a.b'", &["a\nb"], &["ab"]);
    case("ScriptBlockText|re|i|s: 'a.b'", &["A\nB"], &["ab"]);
    case("ScriptBlockText|re:\n  - 'a\\d'\n  - 'b\\d'", &["a1", "b1"], &["c1"]);
    case("ScriptBlockText|all|re:\n  - 'a\\d'\n  - 'b\\d'", &["a1b1"], &["b1"]);
    assert!(reason(&selection("ScriptBlockText|re: '(?=a)b'")).contains("(?=a)b"));
    assert!(reason(&selection("ScriptBlockText|re: '(a'")).contains("regular expression"));
    assert!(reason(&selection("ScriptBlockText|i: 'a'")).contains("needs re"));
    assert!(reason(&selection("ScriptBlockText|contains|re: 'a'")).contains("first"));
}

#[test]
fn encodings() {
    case("ScriptBlockText|base64|contains: foobar", &["x Zm9vYmFy"], &["foobar"]);
    case(
        "ScriptBlockText|base64offset|contains: foobar",
        &["Zm9vYmFy", "IGZvb2Jhcg==", "ICBmb29iYXI="],
        &["foobar"],
    );
    case("ScriptBlockText|wide|base64|contains: cmd", &["YwBtAGQA"], &["Y21k"]);
    case("ScriptBlockText|utf16le|base64offset|contains: cmd", &["x YwBtAGQA"], &["Y21k"]);
    case("ScriptBlockText|utf16be|base64|contains: c", &["AGM="], &["YwA="]);
    case("ScriptBlockText|utf16|base64|contains: c", &["//5jAA=="], &["YwA="]);
    case("ScriptBlockText|wide|contains: ab", &["xa\0b\0"], &["ab"]);
    assert!(reason(&selection("ScriptBlockText|utf16|contains: a")).contains("base64"));
    assert!(reason(&selection("ScriptBlockText|base64: 'a*'")).contains("wildcard"));
}

#[test]
fn windash() {
    case(
        "ScriptBlockText|windash|contains: ' -enc'",
        &["a -enc", "a /enc", "a \u{2013}enc", "a \u{2015}enc"],
        &["a enc"],
    );
    case("ScriptBlockText|contains|windash: ' -enc'", &["a /enc b"], &["a enc"]);
    case("ScriptBlockText|contains|windash: ' \u{2013}enc'", &["a -enc b"], &["a enc"]);
}

#[test]
fn exists_and_null() {
    case("Path|exists: true", &["a"], &[]);
    case("Path|exists: false", &[], &["a"]);
    case("nothing|exists: false", &["a"], &[]);
    case("nothing|exists: true", &[], &["a"]);
    // Only the presence counts, not the value. An empty value matches no pattern.
    case("empty|exists: true", &["a"], &[]);
    case("empty|exists: false", &[], &["a"]);
    case("empty|exists|neq: true", &[], &["a"]);
    case("empty: ''", &["a"], &[]);
    case("empty: '*'", &[], &["a"]);
    case("UserID|exists: true", &[], &["a"]);
    case("dest|exists: true\nScriptBlockText|exists: true", &["", "a"], &[]);
    assert!(reason(&selection("Path|exists:\n  - true\n  - false")).contains("true or false"));
    assert!(reason(&rule("s:\n  '|exists': true\ncondition: s")).contains("needs a field"));
    case("nothing: null", &["a"], &[]);
    assert!(reason(&selection("Path|exists: perhaps")).contains("true or false"));
}

#[test]
fn plain_values_as_yaml_means_them() {
    for word in ["yes", "Off"] {
        let message = reason(&selection(&format!("ScriptBlockText|contains: {word}")));
        assert!(message.contains("truth value") && message.contains("quotes"), "{message}");
        case(&format!("ScriptBlockText|contains: '{word}'"), &[word], &["a"]);
    }
    case("ScriptBlockText: true", &["True"], &["1"]);
    case("ScriptBlockText: 1e3", &["1E3"], &["1000"]);
    case("ScriptBlockText: 010", &["8"], &["010x"]);
    case("ScriptBlockText|contains: 010", &["x010"], &["18"]);
    case("ScriptBlockText|endswith: 0x41", &["a 0X41"], &["65"]);
    assert!(holds(&rule("k: 0x41\ncondition: k"), "a 0x41 b"));
    assert!(reason(&selection("ScriptBlockText: 12:30")).contains("base of 60"));
}

#[test]
fn networks_numbers_and_field_references() {
    case("address|cidr: 10.0.0.0/8", &["a"], &[]);
    case("address|cidr:\n  - 192.168.0.0/16\n  - 'fe80::/10'", &[], &["a"]);
    case("size|gt: 41", &["a"], &[]);
    case("size|gte: 42", &["a"], &[]);
    case("size|lt: 42", &[], &["a"]);
    case("size|lte: 42", &["a"], &[]);
    for order in ["lt", "lte", "gt", "gte"] {
        case(&format!("many|{order}: 5"), &[], &["a"]);
        case(&format!("when|{order}: 5"), &[], &["a"]);
        case(&format!("nothing|{order}: 5"), &[], &["a"]);
        case(&format!("many|{order}|neq: 5"), &["a"], &[]);
    }
    case("size|gt: 0x29", &["a"], &[]);
    case("size|gt: -1.5", &["a"], &[]);
    case("size|gt: '41'", &["a"], &[]);
    case("size: 0x2A", &["a"], &[]);
    case("size: '0x2A'", &[], &["a"]);
    case("size|neq: 42", &[], &["a"]);
    case("size|neq: 43", &["a"], &[]);
    case("size: 42.0", &["a"], &[]);
    case("ScriptBlockText|neq: ab", &["x"], &["AB"]);
    case("ScriptBlockText|contains|neq:\n  - ab\n  - cd", &["x"], &["xab", "xcd"]);
    case("name|fieldref: Computer", &["a"], &[]);
    case("name|fieldref: Path", &[], &["a"]);
    case("name|fieldref|cased: Computer", &[], &["a"]);
    case("Path|fieldref|neq: name", &["a"], &[]);
    case("Path|fieldref|endswith: ScriptBlockText", &["a.ps1"], &["b"]);
    case("Path|endswith|fieldref: ScriptBlockText", &["A.PS1"], &["scripts"]);
    case("Path|startswith|fieldref: ScriptBlockText", &["c:\\scripts"], &["scripts"]);
    case("Path|contains|fieldref: ScriptBlockText", &["SCRIPTS"], &["b"]);
    case("Path|contains|fieldref|cased: ScriptBlockText", &["scripts"], &["SCRIPTS"]);
    case("Path|cased|contains|fieldref: ScriptBlockText", &["scripts"], &["SCRIPTS"]);
    assert!(reason(&selection("Path|windash|fieldref: name")).contains("windash"));
    assert!(reason(&selection("Path|base64|fieldref: name")).contains("base64"));
    assert!(reason(&selection("Path|fieldref|base64: name")).contains("base64"));
    case("Path|fieldref|contains: ScriptBlockText", &["scripts"], &["b"]);
    assert!(reason(&selection("address|cidr: nowhere")).contains("network"));
    assert!(reason(&selection("size|gt: many")).contains("number"));
}

#[test]
fn parts_of_times() {
    case("when|hour: 23", &["a"], &[]);
    case("when|minute: 15", &["a"], &[]);
    case("when|day: 5", &["a"], &[]);
    case("when|week: 10", &["a"], &[]);
    case("when|month: 3", &["a"], &[]);
    case("when|year: 2020", &["a"], &[]);
    case("when|hour:\n  - 1\n  - 2", &[], &["a"]);
    case("when|hour|gte: 22", &["a"], &[]);
    case("when|hour|lt: 24", &["a"], &[]);
    case("when|gt|hour: 22", &["a"], &[]);
}

#[test]
fn placeholders() {
    case("ScriptBlockText|expand: '%Admins%'", &["adm_x", "ROOT"], &["x"]);
    case("ScriptBlockText|expand|contains: 'user %Admins%'", &["x user root y"], &["root"]);
    case("ScriptBlockText: '%Admins%'", &["%Admins%"], &["root"]);
    assert!(reason(&selection("ScriptBlockText|expand: '%Nobody%'")).contains("%Nobody%"));
    // The specification's example, and its neighbours.
    case(r"ScriptBlockText|expand: '\%plain%Admins%'", &["%plainroot"], &["%plain%Admins%"]);
    case(r"ScriptBlockText|contains|expand: '\%temp\%'", &["del %TEMP%\\x"], &["temp"]);
    case(r"ScriptBlockText|expand|contains: '%Admins%\%%Admins%'", &["root%adm_1"], &["root"]);
    case(r"ScriptBlockText|expand: '100%'", &["100%"], &["100"]);
    case("ScriptBlockText|expand:\n  - '%Admins%'\n  - other", &["root", "other"], &["x"]);
    case(r"ScriptBlockText: '\%temp\%'", &[r"\%temp\%"], &["%temp%"]);
    assert!(reason(&selection("ScriptBlockText|base64|expand: '%Admins%'")).contains("expand"));
    // In a regular expression the values are part of it.
    case("ScriptBlockText|re|expand: 'x%Admins%$'", &["a xroot", "xadm__"], &["xadm_1", "root"]);
    case("ScriptBlockText|re|i|expand: '^%Admins%$'", &["ROOT"], &["%Admins%"]);
    case(r"ScriptBlockText|re|expand: '\%Admins\%'", &["a%Admins%"], &["root"]);
    assert!(reason(&selection("ScriptBlockText|re|expand: '%Nobody%'")).contains("%Nobody%"));
    assert!(reason(&selection("ScriptBlockText|expand|re: '%Admins%'")).contains("re must be"));
}

#[test]
fn keywords_match_anywhere_in_the_event() {
    let any = rule("keywords:\n  - evil\n  - 'j*q'\ncondition: keywords");
    assert!(holds(&any, "an EVIL text") && holds(&any, "xjbq."));
    assert!(!holds(&any, "nothing of it"));
    assert!(holds(&rule("keywords:\n  - scripts\ncondition: keywords"), "in its path"));
    let all = rule("keywords:\n  '|all':\n    - ab\n    - cd\ncondition: keywords");
    assert!(holds(&all, "cd ab") && !holds(&all, "ab"));
    let expression = rule("keywords:\n  '|re':\n    - 'a\\d'\ncondition: keywords");
    assert!(holds(&expression, "a1") && !holds(&expression, "ax"));
    assert!(holds(&rule("word: evil\ncondition: word"), "evil"));
}
