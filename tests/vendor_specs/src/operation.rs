//! Finding what the description says about a method at an address.

use serde_json::Value;

use crate::{
    Spec,
    target::{Target, decode},
};

/// A method at an address.
pub(crate) struct Operation<'a> {
    pub(crate) method: String,
    /// The operation itself.
    pub(crate) node: &'a Value,
    /// Those of the path and of the operation, resolved.
    pub(crate) parameters: Vec<&'a Value>,
    /// Values of the path's parameters, decoded.
    pub(crate) path: Vec<(&'a str, String)>,
}

impl<'a> Operation<'a> {
    /// Where several paths fit, the one with a literal segment before the others: what a vendor
    /// names itself cannot be an id.
    pub(crate) fn find(spec: &'a Spec, method: &str, target: &Target) -> Result<Self, String> {
        let paths = spec.document["paths"].as_object().into_iter().flatten();
        let (_, values, item) = paths
            .filter_map(|(template, item)| {
                let (shape, values) = fit(template, &target.segments)?;
                Some((shape, values, item))
            })
            .min_by(|(a, ..), (b, ..)| a.cmp(b))
            .ok_or("the description has no such path")?;
        let lower = method.to_lowercase();
        let node = item
            .get(&lower)
            .filter(|node| lower != "parameters" && node.is_object())
            .ok_or("the description has no such method there")?;
        if method != method.to_uppercase() {
            return Err("a method is written in capital letters".to_owned());
        }
        let parameters = [&item["parameters"], &node["parameters"]]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .map(|parameter| spec.resolve(parameter))
            .collect();
        let path = values
            .into_iter()
            .map(|(name, raw)| match decode(raw) {
                Some(value) if !value.is_empty() => Ok((name, value)),
                _ => Err(format!("the path's {name} is empty or badly encoded")),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { method: method.to_owned(), node, parameters, path })
    }
}

/// Whether each segment is a parameter, and the parameters' values.
type Fit<'a, 'b> = (Vec<bool>, Vec<(&'a str, &'b str)>);

fn fit<'a, 'b>(template: &'a str, segments: &'b [String]) -> Option<Fit<'a, 'b>> {
    let parts: Vec<&str> = template.split('/').skip(1).collect();
    if parts.len() != segments.len() {
        return None;
    }
    let (mut shape, mut values) = (Vec::new(), Vec::new());
    for (part, segment) in parts.into_iter().zip(segments) {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        match name {
            Some(name) => values.push((name, segment.as_str())),
            None if part == segment => {}
            None => return None,
        }
        shape.push(name.is_some());
    }
    Some((shape, values))
}
