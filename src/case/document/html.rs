//! HTML in one file: no script, nothing is loaded, and its own policy forbids both. Everything that is not this program's
//! is escaped text.

use super::model::{Document, Excerpt, Node, Piece, Section, Span, Table};
use super::visible::{visible, visible_lines};
use crate::text::plural;
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");

/// Bytes from which a value breaks anywhere.
const LONG: usize = 40;

/// Base64 of the SHA-256 of the style, which the policy names. A test computes it.
const STYLE_HASH: &str = "gMFg85zbACyG/CeN/bqQp11dUcYowEcdEx9h+xadEeQ=";

/// Returns the document as HTML.
pub(super) fn html(document: &Document) -> String {
    let mut text =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let _ = writeln!(
        text,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; \
         base-uri 'none'; form-action 'none'\">"
    );
    text.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    text.push_str("<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    push_escaped(&mut text, &visible(&document.title));
    let _ = write!(text, "</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>");
    push_escaped(&mut text, &visible(&document.title));
    text.push_str("</h1>\n<p class=\"summary\">");
    push_spans(&mut text, &document.summary);
    text.push_str("</p>\n<nav aria-label=\"Contents\"><ul>\n");
    for Section { id, title, .. } in &document.sections {
        let _ = writeln!(text, "<li><a href=\"#{id}\">{title}</a></li>");
    }
    text.push_str("</ul></nav>\n</header>\n<main>\n");
    for section in &document.sections {
        let _ = writeln!(text, "<section id=\"{0}\">\n<h2>{1}</h2>", section.id, section.title);
        section.nodes.iter().for_each(|node| push_node(&mut text, node));
        text.push_str("</section>\n");
    }
    text.push_str("</main>\n</body>\n</html>\n");
    text
}

fn push_node(text: &mut String, node: &Node) {
    match node {
        Node::Paragraph(content) => push_element(text, "p", content),
        Node::Heading(None, content) => push_element(text, "h3", content),
        Node::Heading(Some(id), content) => {
            text.push_str("<h3 id=\"");
            push_escaped(text, id);
            text.push_str("\">");
            push_spans(text, content);
            text.push_str("</h3>\n");
        }
        Node::Facts(facts) => {
            text.push_str("<dl>\n");
            for (name, content) in facts {
                let _ = write!(text, "<div><dt>{name}</dt><dd>");
                push_spans(text, content);
                text.push_str("</dd></div>\n");
            }
            text.push_str("</dl>\n");
        }
        Node::Table(table) => push_table(text, table),
        Node::Script(excerpt) => push_script(text, excerpt),
        Node::Quote(quote, by) => {
            text.push_str("<blockquote>");
            if !quote.is_empty() {
                text.push_str("<p>");
                push_escaped(text, &visible_lines(quote));
                text.push_str("</p>");
            }
            if !by.is_empty() {
                text.push_str("<footer>");
                push_escaped(text, &visible(by));
                text.push_str("</footer>");
            }
            text.push_str("</blockquote>\n");
        }
    }
}

fn push_element(text: &mut String, name: &str, content: &[Span]) {
    let _ = write!(text, "<{name}>");
    push_spans(text, content);
    let _ = writeln!(text, "</{name}>");
}

fn push_table(text: &mut String, table: &Table) {
    text.push_str("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>");
    for name in table.head {
        let _ = write!(text, "<th scope=\"col\">{name}</th>");
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        text.push_str("<tr>");
        for cell in row {
            text.push_str("<td>");
            push_spans(text, cell);
            text.push_str("</td>");
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table></div>\n");
}

fn push_script(text: &mut String, excerpt: &Excerpt) {
    text.push_str("<figure>");
    if !excerpt.caption.is_empty() {
        text.push_str("<figcaption>");
        push_escaped(text, &visible(&excerpt.caption));
        text.push_str("</figcaption>");
    }
    // A line feed right after the tag is not part of the text.
    text.push_str("<pre tabindex=\"0\">\n");
    for piece in &excerpt.pieces {
        match piece {
            Piece::Text(part) => push_escaped(text, &visible_lines(part)),
            Piece::Match(part) => {
                text.push_str("<mark>");
                push_escaped(text, &visible_lines(part));
                text.push_str("</mark>");
            }
            Piece::Gap(left_out) => {
                let words = plural(*left_out as u64, "character");
                let _ = write!(text, "<span class=\"gap\">… {words} left out …</span>");
            }
        }
    }
    text.push_str("</pre></figure>\n");
}

fn push_spans(text: &mut String, content: &[Span]) {
    for span in content {
        match span {
            Span::Text(own) => push_escaped(text, &visible(own)),
            Span::Strong(own) => push_tagged(text, "b", own),
            Span::Quiet(own) => push_tagged(text, "small", own),
            Span::Value(own) => push_value(text, own),
            Span::Badge(class, own) => {
                let _ = write!(text, "<b class=\"{class}\">");
                push_escaped(text, &visible(own));
                text.push_str("</b>");
            }
            Span::Link(id, own) => {
                text.push_str("<a href=\"#");
                push_escaped(text, id);
                text.push_str("\">");
                push_escaped(text, &visible(own));
                text.push_str("</a>");
            }
            Span::Break => text.push_str("<br>"),
        }
    }
}

/// Writes a value of a log. Names break after dots, long values anywhere.
fn push_value(text: &mut String, own: &str) {
    text.push_str(if own.len() > LONG { "<bdi class=\"long\">" } else { "<bdi>" });
    for (index, part) in visible(own).split_inclusive('.').enumerate() {
        if index > 0 {
            text.push_str("<wbr>");
        }
        push_escaped(text, part);
    }
    text.push_str("</bdi>");
}

fn push_tagged(text: &mut String, name: &str, own: &str) {
    let _ = write!(text, "<{name}>");
    push_escaped(text, &visible(own));
    let _ = write!(text, "</{name}>");
}

fn push_escaped(text: &mut String, own: &str) {
    for char in own.chars() {
        match char {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            _ => text.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn base64(bytes: &[u8]) -> String {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        bytes
            .chunks(3)
            .flat_map(|chunk| {
                let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
                let bits = bits << (8 * (3 - chunk.len()));
                (0..4).map(move |at| match at <= chunk.len() {
                    true => char::from(letters[(bits >> (18 - 6 * at) & 63) as usize]),
                    false => '=',
                })
            })
            .collect()
    }

    #[test]
    fn the_policy_allows_this_style_only() {
        assert_eq!(base64(b"ab"), "YWI=");
        assert_eq!(STYLE_HASH, base64(&Sha256::digest(STYLE.as_bytes())));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('<'));
    }

    #[test]
    fn hostile_text_is_text() {
        let mut text = String::new();
        push_escaped(&mut text, "</pre><script>alert('\"')</script>&");
        assert_eq!(text, "&lt;/pre&gt;&lt;script&gt;alert(&#39;&quot;&#39;)&lt;/script&gt;&amp;");
    }
}
