//! Takes parameters out of a form and says in Stripe's words what is wrong with them.

use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::core::money::Currency;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::stripe::fail::Fail;

/// Refuses the call if a parameter was not taken.
pub fn done(form: &mut Form) -> Result<(), Fail> {
    form.left_over().map_or(Ok(()), |name| Err(Fail::unknown(name)))
}

pub fn required(form: &mut Form, name: &str) -> Result<String, Fail> {
    let value = form.take(name).ok_or_else(|| Fail::missing(name))?;
    if value.is_empty() {
        let message = format!("You passed an empty string for '{name}'.");
        return Err(Fail::invalid(message).code("parameter_invalid_empty").param(name));
    }
    Ok(value)
}

pub fn integer<T: FromStr>(form: &mut Form, name: &str) -> Result<Option<T>, Fail> {
    let Some(text) = form.take(name) else { return Ok(None) };
    let wrong =
        || Fail::invalid(format!("Invalid integer: {text}")).code("parameter_invalid_integer").param(name);
    text.parse().map(Some).map_err(|_| wrong())
}

pub fn boolean(form: &mut Form, name: &str) -> Result<Option<bool>, Fail> {
    match form.take(name).as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(text) => Err(Fail::invalid(format!("Invalid boolean: {text}")).param(name)),
    }
}

pub fn one_of(form: &mut Form, name: &str, words: &[&str]) -> Result<Option<String>, Fail> {
    let Some(text) = form.take(name) else { return Ok(None) };
    if words.contains(&text.as_str()) {
        return Ok(Some(text));
    }
    Err(Fail::invalid(format!("Invalid {name}: must be one of {}", words.join(", "))).param(name))
}

pub fn text_up_to(form: &mut Form, name: &str, most: usize) -> Result<Option<String>, Fail> {
    let Some(text) = form.take(name) else { return Ok(None) };
    if text.chars().count() > most {
        let message = format!("Invalid string: must be at most {most} characters");
        return Err(Fail::invalid(message).code("parameter_invalid_string_too_long").param(name));
    }
    Ok(Some(text))
}

pub fn currency(form: &mut Form, name: &str) -> Result<Currency, Fail> {
    let text = required(form, name)?;
    Currency::from_code(&text)
        .ok_or_else(|| Fail::invalid(format!("Invalid currency: {}.", text.to_lowercase())).param(name))
}

/// Metadata to begin with; entries with an empty value are none.
pub fn metadata(form: &mut Form, name: &str) -> Result<Metadata, Fail> {
    let mut metadata = Metadata::new();
    change_metadata(form, name, &mut metadata)?;
    Ok(metadata)
}

/// Lays new entries over `metadata`: an empty value removes one, an empty `metadata` all.
pub fn change_metadata(form: &mut Form, name: &str, metadata: &mut Metadata) -> Result<(), Fail> {
    if form.take(name).is_some_and(|text| text.is_empty()) {
        metadata.clear();
    }
    for (key, value) in form.take_map(name) {
        let param = format!("{name}[{key}]");
        if key.chars().count() > 40 || value.chars().count() > 500 {
            let message = "Metadata keys may have at most 40 characters, values 500.";
            return Err(Fail::invalid(message).param(param));
        }
        if value.is_empty() {
            metadata.remove(&key);
        } else {
            metadata.insert(key, value);
        }
    }
    if metadata.len() > 50 {
        return Err(Fail::invalid("Metadata may have at most 50 keys.").param(name));
    }
    Ok(())
}

/// A filter on the time of creation, in seconds: `created` itself or `created[gt|gte|lt|lte]`.
pub fn created(form: &mut Form) -> Result<RangeInclusive<i64>, Fail> {
    if let Some(exactly) = integer::<i64>(form, "created")? {
        return Ok(exactly..=exactly);
    }
    let gt = integer::<i64>(form, "created[gt]")?.map(|at| at.saturating_add(1));
    let gte = integer::<i64>(form, "created[gte]")?;
    let lt = integer::<i64>(form, "created[lt]")?.map(|at| at.saturating_sub(1));
    let lte = integer::<i64>(form, "created[lte]")?;
    Ok(gt.max(gte).unwrap_or(i64::MIN)..=lt.into_iter().chain(lte).min().unwrap_or(i64::MAX))
}
