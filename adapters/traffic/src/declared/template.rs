//! The services that a template looks up.

use colocate_nomad::Template;

/// A word of an action.
#[derive(Debug, PartialEq)]
enum Token {
    /// A name that stands alone: a function or keyword, no field and no variable.
    Name(String),
    Text(String),
    Pipe,
    Open,
    Close,
    Other,
}

/// Functions of consul-template that look services up by name.
const FUNCTIONS: [&str; 3] = ["service", "nomadService", "connect"];

/// The services that a template looks up by a name written in it, in order: `service "x"`, `range nomadService 3 $key "x"`,
/// `"x" | service`. Comments, fields such as `.service` and names that are worked out do not count.
pub(super) fn services(template: &Template) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = template.text.as_str();
    while let Some((_, after)) = rest.split_once(template.left.as_str()) {
        let (tokens, length) = tokens(after, &template.right);
        find(&tokens, &mut found);
        rest = &after[length..];
    }
    found
}

/// The words of an action, and where it ends.
fn tokens(text: &str, right: &str) -> (Vec<Token>, usize) {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { return (tokens, at) };
        if rest.starts_with(right) {
            return (tokens, at + right.len());
        }
        let (token, length) = match first {
            _ if rest.starts_with("/*") => (Token::Other, rest.find("*/").map_or(rest.len(), |end| end + 2)),
            '"' | '\'' => quoted(rest, first),
            '`' => {
                let inner = &rest[1..];
                let end = inner.find('`').unwrap_or(inner.len());
                (Token::Text(inner[..end].to_owned()), (end + 2).min(rest.len()))
            }
            '|' => (Token::Pipe, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '.' | '$' => (Token::Other, 1 + word(&rest[1..])),
            _ if first == '_' || first.is_alphabetic() => {
                let length = word(rest);
                (Token::Name(rest[..length].to_owned()), length)
            }
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            _ => (Token::Other, first.len_utf8()),
        };
        tokens.push(token);
        at += length;
    }
}

/// The length of a word that may have fields: `a.b`.
fn word(text: &str) -> usize {
    text.find(|c: char| c != '_' && c != '.' && !c.is_alphanumeric()).unwrap_or(text.len())
}

/// A text in quotes; one that does not end goes on to the end of the template.
fn quoted(text: &str, quote: char) -> (Token, usize) {
    let (mut inner, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => {
                inner.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            _ if c == quote => {
                // A character is no name.
                let token = if quote == '"' { Token::Text(inner) } else { Token::Other };
                return (token, at + 1);
            }
            _ => inner.push(c),
        }
    }
    (Token::Other, text.len())
}

fn find(tokens: &[Token], found: &mut Vec<String>) {
    for (index, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        if !FUNCTIONS.contains(&name.as_str()) {
            continue;
        }
        let arguments = tokens[index + 1..].iter();
        // What is in parentheses is worked out.
        let mut own =
            arguments.take_while(|token| !matches!(token, Token::Pipe | Token::Open | Token::Close));
        let argument = own.find_map(|token| match token {
            Token::Text(text) => Some(text),
            _ => None,
        });
        let piped = || match &tokens[..index] {
            [.., Token::Text(text), Token::Pipe] => Some(text),
            _ => None,
        };
        found.extend(argument.or_else(piped).and_then(|text| name_of(text)));
    }
}

/// The name in `TAG.NAME?QUERY@DATACENTRE~NEAR|FILTER`.
///
/// # Source
/// consul-template, `dependency/catalog_service.go` and `dependency/nomad_service.go`.
fn name_of(text: &str) -> Option<String> {
    let (name, _) = text.split_once(['?', '@', '~', '|']).unwrap_or((text, ""));
    let name = name.rsplit('.').next().unwrap_or(name).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<String> {
        services(&Template { text: text.into(), left: "{{".into(), right: "}}".into() })
    }

    #[test]
    fn services_are_found_where_they_are_looked_up() {
        for (text, names) in [
            (r#"{{ range nomadService "cart" }}{{ .Address }}{{ end }}"#, &["cart"][..]),
            (r#"{{- range $i, $s := nomadService 3 $hash "cart" -}}"#, &["cart"]),
            (
                r#"{{ with service "v2.cart?ns=a@dc1~_agent" "passing" }}{{ end }}{{service `db|any`}}"#,
                &["cart", "db"],
            ),
            (r#"{{ "cart" | service | toJSON }}"#, &["cart"]),
            (r#"{{ if (service "cart") }}{{ len (connect "pay") }}"#, &["cart", "pay"]),
            (r#"{{/* service "cart" }} */}}{{- /* nomadService "x" */ -}}"#, &[]),
            (
                r#"service "cart" {{ .service "x" }} {{ $service "x" }} {{ services }} {{ key "service" }}"#,
                &[],
            ),
            (r#"{{ service (env "NAME") }} {{ service $name }} {{ printf "service" "x" }}"#, &[]),
            (r#"{{ key "a \" }} b" }}{{ service "cart" }}"#, &["cart"]),
            (r#"{{ service "cart"#, &[]),
        ] {
            assert_eq!(found(text), names, "{text}");
        }
        let other = Template {
            text: "[[ service \"a\" ]] {{ service \"b\" }}".into(),
            left: "[[".into(),
            right: "]]".into(),
        };
        assert_eq!(services(&other), ["a"]);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[{}\"'`|(). $*/\\\\a-zé]{0,60}", left in "[{é]{1,3}", right in "[}é]{1,3}") {
            services(&Template { text: text.clone(), left, right });
            found(&text.replace('z', "{{ service \"a\" }}"));
        }
    }
}
