//! Names from labels: `{exported_job|job}.{task_group}`.

use std::collections::BTreeSet;
use std::str::FromStr;

use colocate_prometheus::Labels;

/// A name with labels in braces. Of alternatives, `{exported_job|job}`, the first that is there is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Label(Vec<String>),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nothing would be named by it.
    #[error("it holds no label in braces")]
    NoLabel,
    /// A brace without the other.
    #[error("a brace is not closed, or was not opened")]
    Brace,
    /// What no label is called.
    #[error("`{0}` is no name of a label")]
    Label(String),
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (label, later) = after.split_once('}').ok_or(TemplateError::Brace)?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Label(label.split('|').map(label_name).collect::<Result<_, _>>()?));
            rest = later;
        }
        parts.push(Part::Text(rest.to_owned()));
        if parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains(['{', '}']))) {
            return Err(TemplateError::Brace);
        }
        if parts.len() == 1 {
            return Err(TemplateError::NoLabel);
        }
        Ok(Self(parts))
    }
}

/// A name of a label, by Prometheus' rule.
fn label_name(text: &str) -> Result<String, TemplateError> {
    let text = text.trim();
    let sound =
        |(index, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || index > 0 && c.is_ascii_digit();
    let is_name = !text.is_empty() && text.chars().enumerate().all(sound);
    if is_name { Ok(text.to_owned()) } else { Err(TemplateError::Label(text.to_owned())) }
}

impl Template {
    /// The name that `labels` give.
    ///
    /// # Errors
    /// The label that is missing, with its alternatives.
    pub fn name(&self, labels: &Labels) -> Result<String, String> {
        let mut name = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Label(alternatives) => {
                    let values = alternatives.iter().filter_map(|label| labels.get(label));
                    let value = values.map(String::as_str).find(|value| !value.is_empty());
                    name.push_str(value.ok_or_else(|| alternatives.join("|"))?);
                }
            }
        }
        Ok(name)
    }

    /// The labels that it looks at.
    pub(crate) fn labels(&self) -> BTreeSet<&str> {
        let labels = self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Label(alternatives) => Some(alternatives.iter().map(String::as_str)),
        });
        labels.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_that_is_there_is_taken() {
        let template: Template = "{exported_job|job}.{task_group}".parse().expect("it is sound");
        let labels = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect::<Labels>()
        };
        let shop = labels(&[("job", "nomad"), ("exported_job", "shop"), ("task_group", "web")]);
        assert_eq!(template.name(&shop), Ok("shop.web".into()));
        let plain = labels(&[("job", "shop"), ("exported_job", ""), ("task_group", "web")]);
        assert_eq!(template.name(&plain), Ok("shop.web".into()));
        assert_eq!(template.name(&labels(&[("task_group", "web")])), Err("exported_job|job".into()));
        assert_eq!(template.labels().into_iter().collect::<Vec<_>>(), ["exported_job", "job", "task_group"]);
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for (text, error) in [
            ("web", TemplateError::NoLabel),
            ("{job", TemplateError::Brace),
            ("job}{a}", TemplateError::Brace),
            ("{}", TemplateError::Label(String::new())),
            ("{1a}", TemplateError::Label("1a".into())),
            ("{a b}", TemplateError::Label("a b".into())),
        ] {
            assert_eq!(text.parse::<Template>(), Err(error), "{text}");
        }
    }
}
