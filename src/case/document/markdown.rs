//! Markdown as GitHub reads it. Values of logs are in code spans and fences long enough that nothing ends them; words of
//! rules have every character of syntax escaped.

use super::model::{Document, Excerpt, Node, Piece, Span, Table};
use super::visible::{visible, visible_lines};
use crate::text::plural;
use std::fmt::Write;

/// Upper bound on matches listed below a script: Markdown cannot mark them in it.
const MATCHES: usize = 20;

/// Returns the document as Markdown.
pub(super) fn markdown(document: &Document) -> String {
    let mut text = format!("# {}\n\n{}\n", words(&document.title), spans(&document.summary));
    for section in &document.sections {
        let _ = write!(text, "\n## {}\n", words(section.title));
        for node in &section.nodes {
            text.push('\n');
            push_node(&mut text, node);
        }
    }
    text
}

fn push_node(text: &mut String, node: &Node) {
    match node {
        Node::Paragraph(content) => {
            let _ = writeln!(text, "{}", spans(content));
        }
        Node::Heading(_, content) => {
            let _ = writeln!(text, "### {}", spans(content));
        }
        Node::Facts(facts) => {
            for (name, content) in facts {
                let _ = writeln!(text, "- {}: {}", words(name), spans(content));
            }
        }
        Node::Table(table) => push_table(text, table),
        Node::Script(excerpt) => push_script(text, excerpt),
        Node::Quote(quote, by) => {
            for line in visible_lines(quote).split('\n').filter(|_| !quote.is_empty()) {
                let _ = writeln!(text, "> {}  ", words(line));
            }
            if !by.is_empty() {
                let _ = writeln!(text, "> — {}", words(by));
            }
        }
    }
}

fn push_table(text: &mut String, table: &Table) {
    let head: Vec<String> = table.head.iter().map(|name| words(name)).collect();
    let _ = writeln!(text, "| {} |\n|{}", head.join(" | "), " --- |".repeat(head.len()));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| cell_of(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
}

/// A cell: a pipe ends it even in a code span, unless it is escaped.
fn cell_of(cell: &[Span]) -> String {
    let mut text = String::new();
    for span in cell {
        match span {
            Span::Value(value) => text.push_str(&code(value).replace('|', "\\|")),
            _ => text.push_str(&span_text(span, false)),
        }
    }
    text
}

fn push_script(text: &mut String, excerpt: &Excerpt) {
    let mut script = String::new();
    let mut matches: Vec<&str> = Vec::new();
    for piece in &excerpt.pieces {
        match piece {
            Piece::Text(part) => script.push_str(&visible_lines(part)),
            Piece::Match(part) => {
                script.push_str(&visible_lines(part));
                if !matches.contains(&part.as_str()) && matches.len() < MATCHES {
                    matches.push(part);
                }
            }
            Piece::Gap(left_out) => {
                let _ =
                    write!(script, "\n[… {} left out …]\n", plural(*left_out as u64, "character"));
            }
        }
    }
    if !excerpt.caption.is_empty() {
        let _ = writeln!(text, "{}\n", words(&excerpt.caption));
    }
    let fence = "`".repeat(longest_run(&script).max(2) + 1);
    let _ = writeln!(text, "{fence}powershell\n{script}\n{fence}");
    if !matches.is_empty() {
        let matches: Vec<String> = matches.into_iter().map(code).collect();
        let _ = writeln!(text, "\nMatched: {}", matches.join(", "));
    }
}

fn spans(content: &[Span]) -> String {
    let spans = content.iter().enumerate();
    spans.map(|(index, span)| span_text(span, index == 0)).collect()
}

fn span_text(span: &Span, starts: bool) -> String {
    match span {
        Span::Text(own) | Span::Quiet(own) | Span::Link(_, own) => escaped(own, starts),
        Span::Strong(own) | Span::Badge(_, own) => {
            // Emphasis neither begins nor ends at a space.
            let inner = own.trim();
            let (before, after) = own.split_once(inner).unwrap_or_default();
            format!("{before}**{}**{after}", words(inner))
        }
        Span::Value(own) => code(own),
        Span::Break => "<br>".to_owned(),
    }
}

/// Words at the start of a line.
fn words(own: &str) -> String {
    escaped(own, true)
}

/// Words with every character escaped that could be syntax, so that they are no link, image, HTML, list, formula, emoji or
/// mention. `starts`: they may be at the start of a line.
fn escaped(own: &str, mut starts: bool) -> String {
    let own = visible(own);
    let mut text = String::with_capacity(own.len() + 16);
    let mut chars = own.chars().peekable();
    while let Some(char) = chars.next() {
        let is_syntax = match char {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&'
            | '@' | '$' | '^' => true,
            ':' => chars.peek().is_some_and(|next| next.is_alphabetic() || *next == '/'),
            '.' => starts || ends_www(&text),
            ')' | '-' | '+' | '=' => starts,
            _ => false,
        };
        // After a number, punctuation makes a list.
        starts &= char.is_ascii_digit();
        if is_syntax {
            text.push('\\');
        }
        text.push(char);
    }
    text
}

fn ends_www(text: &str) -> bool {
    let end = text.len().checked_sub(3).and_then(|at| text.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// A code span of one line, with more backticks around it than are in it.
fn code(own: &str) -> String {
    let own = visible(own);
    if own.trim().is_empty() {
        return words("–");
    }
    let fence = "`".repeat(longest_run(&own) + 1);
    // One space inside of both fences is not part of the code: it keeps them from a backtick or a space at its ends.
    let is_bare = own.starts_with(['`', ' ']) || own.ends_with(['`', ' ']);
    let space = if is_bare { " " } else { "" };
    format!("{fence}{space}{own}{space}{fence}")
}

/// Length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_inert() {
        for (own, escaped) in [
            ("<img src=x> [a](http://b) *c*", "\\<img src=x\\> \\[a\\](http\\://b) \\*c\\*"),
            ("see Www.d @e #1 :x:", "see Www\\.d \\@e \\#1 \\:x:"),
            ("1. a", "1\\. a"),
            ("12) a", "12\\) a"),
            ("- a - b", "\\- a - b"),
            ("=== ", "\\=== "),
            ("a 1.5: 06:13 2026-08-08", "a 1.5: 06:13 2026-08-08"),
            ("a\n# b", "a␊\\# b"),
        ] {
            assert_eq!(words(own), escaped);
        }
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a "), "` a  `");
        assert_eq!(code("\n"), "`␊`");
        assert_eq!(code(" "), "–");
        assert_eq!(cell_of(&[Span::Value("a|b".into()), Span::Text("|".into())]), "`a\\|b`\\|");
        let content = [Span::Badge("x", "a. ".into()), Span::Strong("b".into())];
        assert_eq!(spans(&content), "**a.** **b**");
        let mut text = String::new();
        push_script(
            &mut text,
            &Excerpt::new("a\n```\n# x\n````x", std::iter::once(0..1).collect(), ""),
        );
        assert_eq!(text, "`````powershell\na\n```\n# x\n````x\n`````\n\nMatched: `a`\n");
    }
}
