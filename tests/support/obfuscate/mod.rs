//! Obfuscated variants of commands, as Invoke-Obfuscation, Chameleon and droppers write them.
//!
//! | file | subject |
//! | --- | --- |
//! | `families` | commands, each with the words that a rule looks for |
//! | `strings` | expressions whose value is a given string |
//! | `commands` | ways to write a command without its name, or to run a script that is a string |
//! | `statements` | scripts of several statements that put a string together and run it |
//! | `data` | strings in other kinds of data; names of commands that are made by other objects |

mod commands;
mod data;
mod families;
mod statements;
mod strings;

pub(crate) use families::{FAMILIES, Family};

use super::generate::dice::Dice;

/// A way to obfuscate a command, by name.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    obfuscate: Obfuscate,
}

#[derive(Clone, Copy)]
enum Obfuscate {
    /// The command as a string that is run.
    Script(fn(&str, &mut Dice) -> String),
    /// The command's name and words.
    Command(fn(&str, &mut Dice) -> String),
}

impl Kind {
    /// Returns a variant of a command.
    pub(crate) fn apply(&self, command: &str, dice: &mut Dice) -> String {
        match self.obfuscate {
            Obfuscate::Script(expression) => commands::run(&expression(command, dice), dice),
            Obfuscate::Command(obfuscate) => obfuscate(command, dice),
        }
    }
}

/// Returns a variant of a command that is wrapped `depth` times, each time as another kind of string.
pub(crate) fn nested(command: &str, depth: usize, dice: &mut Dice) -> String {
    let wrappers: Vec<&Kind> = kinds_of_scripts().collect();
    let mut text = command.to_owned();
    for _ in 0..depth {
        // What expands each character is not repeated on a text that has become long.
        let kind = loop {
            let kind = *dice.pick(&wrappers);
            if text.len() < 3_000 || !strings::EXPANDING.contains(&kind.name) {
                break kind;
            }
        };
        text = kind.apply(&text, dice);
    }
    text
}

fn kinds_of_scripts() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| matches!(kind.obfuscate, Obfuscate::Script(_)))
}

const fn script(name: &'static str, expression: fn(&str, &mut Dice) -> String) -> Kind {
    Kind { name, obfuscate: Obfuscate::Script(expression) }
}

const fn command(name: &'static str, obfuscate: fn(&str, &mut Dice) -> String) -> Kind {
    Kind { name, obfuscate: Obfuscate::Command(obfuscate) }
}

/// All kinds.
pub(crate) const KINDS: &[Kind] = &[
    script("concatenation", strings::concatenation),
    script("concatenation with comments and line ends", strings::spaced_concatenation),
    script("format", strings::format),
    script("reversed by index", strings::reversed_by_index),
    script("reversed by method", strings::reversed_by_method),
    script("reversed by regex", strings::reversed_by_regex),
    script("characters in a list", strings::char_list),
    script("characters in a sum", strings::char_sum),
    script("numbers in a loop", strings::numbers_in_loop),
    script("numbers split by delimiters", strings::split_numbers),
    script("hexadecimal", strings::hexadecimal),
    script("octal or binary", strings::octal_or_binary),
    script("bxor", strings::bxor),
    script("bytes of an encoding", strings::encoding_bytes),
    script("base64", strings::base64),
    script("deflate or gzip", strings::compressed),
    script("secure string", strings::secure_string),
    script("replace operator", strings::replace_operator),
    script("replace methods", strings::replace_methods),
    script("split and join", strings::split_and_join),
    script("string members", strings::members),
    script("regex class", strings::regex_class),
    script("join, concat, format methods", strings::static_methods),
    script("here-string", strings::here_string),
    script("interpolation", strings::interpolation),
    script("array indexed by a list", strings::indexed_array),
    script("arithmetic in casts", strings::arithmetic),
    script("hash table", strings::hash_table),
    script("for loop", strings::for_loop),
    script("foreach statement", strings::foreach_statement),
    script("function", strings::function_call),
    script("stepped noise", strings::every_nth),
    script("url or html escapes", strings::escaped_url),
    command("backticks", commands::backticks),
    command("quotes within a word", commands::quotes_in_word),
    command("called string", commands::called_string),
    command("called expression", commands::called_expression),
    command("variables", commands::variables),
    command("appended variable", commands::appended_variable),
    command("set-variable", commands::set_variable),
    command("get-command wildcard", commands::command_wildcard),
    command("encoded command", commands::encoded_command),
    command("cmd carets", commands::carets),
    command("cmd set", commands::cmd_set),
    command("unicode dashes", commands::unicode_dashes),
    command("curly quotes", commands::curly_quotes),
    command("script block", commands::script_block),
    command("arguments", commands::arguments),
    command("hidden iex", commands::hidden_iex),
    command("list separator", statements::list_separator),
    command("growing object", statements::growing_object),
    command("filled hash table", statements::filled_table),
    command("counters and switches", statements::counted),
    command("copied stream", statements::copied_stream),
    command("aes", statements::aes),
    command("variables of cmd", statements::cmd_variables),
    command("assigned together", statements::assigned_together),
    command("alias", data::own_alias),
    command("members of the execution context", data::execution_context),
    command("piped function", data::piped_function),
    command("JSON, CSV or string data", data::data_format),
    command("addresses", data::addresses),
    command("large number", data::large_number),
    command("fractions", data::fractions),
    command("sorted entries", data::sorted_entries),
];
